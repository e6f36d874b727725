// What a row may know of the device whose queue it is given: rows are free functions, and see of it only the stream.
#pragma once

#include <string>

#include "strata/device/device.hpp"

namespace strata::cuda {

struct Beside;

struct Queue {
  void* stream;           // the device's own, when it is asked for by one of a branch, too
  Device* device;         // for memory that outlives a call
  BlockCache* blocks;     // that memory comes from
  std::string name;       // "cuda:0"
  int major, minor;       // compute capability
  bool tf32;              // whether products of f32 may be computed in TF32
  bool split_all;         // whether all of f32 that can be are computed of split factors, not the large ones alone
  const Beside* beside;   // kBranches of them
  bool tf32_off = false;  // NVIDIA's libraries do without TF32, whatever they are asked for (add_queue)
};

// From the start of a device to its end. NVIDIA_TF32_OVERRIDE=0 in the environment, which NVIDIA's libraries read, is
// seen here.
void add_queue(void* stream, const Queue& queue);
void remove_queue(void* stream);
// The device that `stream` belongs to. E_INTERNAL when there is none.
const Queue& queue_of(void* stream);

}  // namespace strata::cuda
