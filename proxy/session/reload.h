#pragma once
// Reload reads the configuration directory anew while the server runs: at SIGHUP, when its files
// change, and when a client says RELOAD RULES.

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "proxy/session/publisher.h"
#include "proxy/session/worker.h"

namespace tessera::session {

class Reload {
 public:
  // All of them outlive it, and `executor` is that of the thread on which it may block.
  Reload(std::string directory, House& house, Executor executor);

  // The workers that get what is read.
  void serve(std::vector<Worker*> workers) { workers_ = std::move(workers); }
  // Reads everything, and gives it to every thread when all of it is good: rules (transactions that
  // are open go on with theirs), users, the hba list and certificates. `why` is for the log.
  // Blocks. Errors: F0000 what is wrong in the files, or needs a restart; 08006 a data source is
  // not there to read the schema from. Then everything stays as it was.
  Status run(std::string_view why);
  // The same, for a client on the thread of `caller`. Errors: as run(); 57014 it took too long.
  Task<Status> ask(Executor caller);
  // Runs whenever the directory's files have changed and then been left alone for a moment.
  void watch_files();
  // At start too: a context for each thread. Errors: F0000.
  Status load_tls(const TlsServerSettings& settings);

 private:
  Status read();
  void await_change();
  void await_rest();

  const std::string directory_;
  House& house_;
  Executor executor_;
  std::vector<Worker*> workers_;
  asio::posix::stream_descriptor changes_;
  Timer rest_;
  std::vector<char> buffer_;
};

}  // namespace tessera::session
