// start_thread: a thread that cannot be started is an error like any other.
#pragma once

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "strata/core/error.hpp"

namespace strata {

// `what` names the thread in the error, as in "thread 3 of 8".
template <class Function>
std::thread start_thread(const std::string& what, Function&& function) {
  try {
    return std::thread(std::forward<Function>(function));
  } catch (const std::system_error& fault) {
    throw Error("E_MEMORY_THREADS", what, std::string("cannot be started: ") + fault.code().message(),
                "fewer are asked for by --threads or STRATA_THREADS; `ulimit -u` and `ulimit -v` bound them");
  }
}

}  // namespace strata
