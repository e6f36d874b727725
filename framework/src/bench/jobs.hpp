// The jobs of the bench: what each runs, how much arithmetic that is. Private to libstrata.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "strata/data/batch.hpp"
#include "strata/plugin/registry.hpp"

namespace strata::detail {

// One job, set up: call step() again and again.
struct Job {
  std::function<void()> step;
  double flops = 0;         // of a step
  double memory_bytes = 0;  // that must be moved in a step, whatever is computed: by the optimizer, of weights
  double items = 0;         // of a step
  std::string unit;
  std::int64_t batch = 0, beam = 0;  // of decoding; 0 elsewhere
};

// What a job is made with.
struct JobSetting {
  Registry& registry;
  std::int64_t batch;  // sentences of a training step; decoding and language models have their own
};

struct JobKind {
  const char* name;
  const char* description;
  std::vector<Job> (*make)(const JobSetting& setting);
  std::vector<Job> (*make_int8)(const JobSetting& setting) =
      nullptr;  // with weights in 8 bits; null where they are learnt
};

// After "peak" and "bandwidth", which come first.
const std::vector<JobKind>& job_kinds();

std::vector<Job> make_lstm(const JobSetting& setting);
std::vector<Job> make_gru(const JobSetting& setting);
std::vector<Job> make_seq2seq(const JobSetting& setting);
std::vector<Job> make_transformer_tiny(const JobSetting& setting);
std::vector<Job> make_transformer_mid(const JobSetting& setting);
std::vector<Job> make_lm(const JobSetting& setting);
std::vector<Job> make_awd_lm(const JobSetting& setting);
std::vector<Job> make_gpt2_train(const JobSetting& setting);
std::vector<Job> make_llama_train(const JobSetting& setting);
std::vector<Job> make_char_gpt_train(const JobSetting& setting);
std::vector<Job> make_transformer_decode(const JobSetting& setting);
std::vector<Job> make_transformer_decode_int8(const JobSetting& setting);

// A batch of random words, all rows of one length.
Batch random_batch(std::int64_t size, std::int64_t time, std::int64_t vocabulary);

}  // namespace strata::detail
