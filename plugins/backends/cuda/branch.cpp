#include "branch.hpp"

#include "beside.hpp"
#include "queue.hpp"

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
  const DriverTable& call = driver().call;
  const Queue& of = queue_of(queue);
  CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;
  check(call.stream_captures(static_cast<CUstream>(queue), &status), of.name, "cuStreamIsCapturing");
  if (status != CU_STREAM_CAPTURE_STATUS_ACTIVE) return;
  const Beside& beside = of.beside[number];
  check(call.event_record(beside.begun, static_cast<CUstream>(queue)), of.name, "cuEventRecord");
  check(call.stream_follow(beside.stream, beside.begun, 0), of.name, "cuStreamWaitEvent");
  stream_ = beside.stream;
}

void Branch::join() {
  if (stream_ == queue_) return;
  const DriverTable& call = driver().call;
  const Queue& of = queue_of(queue_);
  const Beside& beside = of.beside[number_];
  check(call.event_record(beside.ended, beside.stream), of.name, "cuEventRecord");
  check(call.stream_follow(static_cast<CUstream>(queue_), beside.ended, 0), of.name, "cuStreamWaitEvent");
}

}  // namespace strata::cuda
