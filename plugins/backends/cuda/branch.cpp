#include "branch.hpp"

#include <utility>

#include "beside.hpp"
#include "queue.hpp"
#include "room.hpp"

namespace strata::cuda {

void Beside::start(const std::string& device) {
  const DriverTable& call = driver().call;
  check(call.stream_create(&stream, CU_STREAM_NON_BLOCKING), device, "cuStreamCreate");
  for (CUevent* event : {&begun, &ended}) {
    check(call.event_create(event, CU_EVENT_DISABLE_TIMING), device, "cuEventCreate");
  }
}

void Beside::end() {
  const DriverTable& call = driver().call;
  for (CUevent event : {begun, ended}) {
    if (event != nullptr) (void)call.event_destroy(event);
  }
  if (stream != nullptr) (void)call.stream_destroy(stream);
  *this = {};
}

Branch::Branch(void* queue, int number) : queue_(queue), stream_(queue), number_(number) {
  if (!captures(queue)) return;
  const DriverTable& call = driver().call;
  const Queue& of = queue_of(queue);
  const Beside& beside = of.beside[number];
  check(call.event_record(beside.begun, static_cast<CUstream>(queue)), of.name, "cuEventRecord");
  check(call.stream_follow(beside.stream, beside.begun, 0), of.name, "cuStreamWaitEvent");
  stream_ = beside.stream;
}

Branch::Branch(Branch&& other) noexcept
    : queue_(other.queue_), stream_(std::exchange(other.stream_, other.queue_)), number_(other.number_) {}

Branch::~Branch() {
  const char* what = nullptr;
  if (stream_ != queue_) (void)close(&what);
}

void Branch::join() {
  if (stream_ == queue_) return;
  const char* what = nullptr;
  const CUresult result = close(&what);
  check(result, queue_of(queue_).name, what);
}

CUresult Branch::close(const char** what) {
  const DriverTable& call = driver().call;
  const Beside& beside = queue_of(queue_).beside[number_];
  stream_ = queue_;
  *what = "cuEventRecord";
  if (const CUresult result = call.event_record(beside.ended, beside.stream); result != CUDA_SUCCESS) return result;
  *what = "cuStreamWaitEvent";
  return call.stream_follow(static_cast<CUstream>(queue_), beside.ended, 0);
}

}  // namespace strata::cuda
