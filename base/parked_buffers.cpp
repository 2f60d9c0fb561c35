#include "base/parked_buffers.h"

namespace tessera {
namespace {

constexpr std::size_t kKept = 32;

}  // namespace

struct ParkedBuffers::Line {
  ParkedBuffers* newest = nullptr;
  ParkedBuffers* oldest = nullptr;
  std::size_t length = 0;
};

ParkedBuffers::Line& ParkedBuffers::line() {
  constinit thread_local Line line;
  return line;
}

ParkedBuffers::~ParkedBuffers() {
  if (parked_) unlink();
}

void ParkedBuffers::park() {
  if (parked_) return;
  if (in.grown()) in.rest();
  Line& line = ParkedBuffers::line();
  parked_ = true;
  older_ = line.newest;
  newer_ = nullptr;
  (older_ != nullptr ? older_->newer_ : line.oldest) = this;
  line.newest = this;
  if (++line.length <= kKept) return;
  ParkedBuffers& oldest = *line.oldest;
  oldest.unlink();
  oldest.rest();
}

void ParkedBuffers::unlink() {
  Line& line = ParkedBuffers::line();
  (newer_ != nullptr ? newer_->older_ : line.newest) = older_;
  (older_ != nullptr ? older_->newer_ : line.oldest) = newer_;
  --line.length;
  parked_ = false;
}

void ParkedBuffers::rest() {
  in.rest();
  spare_text::take_back(out);
}

}  // namespace tessera
