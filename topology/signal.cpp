#include "topology/signal.h"

#include <boost/system/error_code.hpp>

namespace tessera::topology {

Signal::Signal(const Executor& executor)
    : executor_(executor), waiting_(std::make_shared<std::list<Timer*>>()) {}

Task<> Signal::wait(Deadline deadline) {
  // Leaves the list on every way out, also when the io_context is destroyed under the coroutine.
  struct Place {
    std::shared_ptr<std::list<Timer*>> list;
    std::list<Timer*>::iterator at;
    ~Place() { list->erase(at); }
  };
  Timer timer(executor_, deadline);
  const Place place{waiting_, waiting_->insert(waiting_->end(), &timer)};
  boost::system::error_code woken;
  co_await timer.async_wait(into(woken));
}

void Signal::notify() {
  for (Timer* timer : *waiting_) timer->cancel();
}

}  // namespace tessera::topology
