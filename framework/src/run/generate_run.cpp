// TextWriter: prompts into batches, samples, and the end of each output.
#include "strata/run/generate_run.hpp"

#include <algorithm>

#include "run/context_decoder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/decode/search.hpp"
#include "strata/model/model.hpp"
#include "strata/text/utf8_stream.hpp"

namespace strata {
namespace {

DecodeOptions search_options(const GenerateOptions& options) {
  DecodeOptions search;
  search.search = Search::sample;
  search.n_best = options.n;
  search.max_length_ratio = 0;
  search.max_length = options.max_tokens;
  search.temperature = options.temperature;
  search.top_k = options.top_k;
  search.top_p = options.top_p;
  search.min_p = options.min_p;
  search.repetition_penalty = options.repetition_penalty;
  search.samplers = options.samplers;
  search.seed = options.seed;
  return search;
}

}  // namespace

TextWriter::TextWriter(Model& model, std::shared_ptr<const Feed> feed, const Tokenizers& tokenizers,
                       const GenerateOptions& options)
    : generator_(require<Generator>(model, "Generator", "generate")),
      feed_(std::move(feed)),
      tokenizers_(tokenizers),
      options_(options) {
  if (!generator_.continues_input()) {
    throw Error("E_MODEL_CAPABILITY", "generate",
                "the model does not go on with a prompt: it writes a target for a source",
                "`strata translate` writes texts with it");
  }
  if (options.n > 1 && options.temperature == 0) {
    throw Error("E_CONFIG_RANGE", "n", std::to_string(options.n) + " outputs at temperature 0 would all be the same",
                "set temperature above 0");
  }
  DecodeOptions search = search_options(options_);
  search.specials = tokenizers_["text"].vocabulary().specials();
  decoder_ = std::make_unique<detail::ContextDecoder>(generator_, search, options_.context_policy);
}

TextWriter::~TextWriter() = default;

std::vector<std::vector<Generation>> TextWriter::generate(std::span<const std::string> prompts,
                                                          std::span<const std::int64_t> numbers) {
  std::vector<std::vector<Generation>> out;
  generate(prompts, numbers, [&](std::vector<Generation> outputs) { out.push_back(std::move(outputs)); });
  return out;
}

void TextWriter::generate(std::span<const std::string> prompts, std::span<const std::int64_t> numbers,
                          const Each& each) {
  for (std::size_t at = 0; at < prompts.size();) {
    const std::size_t count = std::min(prompts.size() - at, static_cast<std::size_t>(options_.batch_size));
    std::vector<Example> examples(count);
    for (std::size_t i = 0; i < count; ++i) {
      set_texts(examples[i], {prompts[at + i]}, numbers.empty() ? static_cast<std::int64_t>(at + i) : numbers[at + i]);
    }
    const auto inputs = [&](std::span<const Example> some) {
      return in_plugin("inputs()", *feed_, [&] { return feed_->inputs(some); });
    };
    const auto write = [&](const Batch& batch) {
      for (const auto& found : decoder_->decode(batch)) each(outputs_of(found));
    };
    const Batch batch = inputs(examples);
    const std::int64_t fit = decoder_->fitting(batch);
    if (fit == batch.size) {
      write(batch);
    } else {
      if (fit > 0) write(inputs(std::span<const Example>(examples).first(static_cast<std::size_t>(fit))));
      decoder_->refuse(batch, fit);
    }
    at += count;
  }
}

std::vector<std::string> TextWriter::warnings() const { return decoder_->warnings(); }

std::vector<Generation> TextWriter::outputs_of(const std::vector<Hypothesis>& found) const {
  const Tokenizer& tokenizer = tokenizers_["text"];
  const auto decoded = [&](const std::vector<std::int32_t>& ids) {
    return replace_invalid_utf8(in_plugin("decode()", tokenizer, [&] { return tokenizer.decode(ids); }));
  };
  std::vector<Generation> out;
  for (const Hypothesis& one : found) {
    Generation made{decoded(one.ids), one.ids, one.finished ? FinishReason::stop : FinishReason::length};
    std::size_t end = std::string::npos;
    for (const std::string& text : options_.stop) {
      if (!text.empty()) end = std::min(end, made.text.find(text));
    }
    if (end != std::string::npos) {
      made.finish_reason = FinishReason::stop;
      // The ids are those of the text up to the stop text: as many as decode to no more than it.
      while (!made.ids.empty() && decoded(made.ids).size() > end) made.ids.pop_back();
      made.text.resize(end);
    }
    out.push_back(std::move(made));
  }
  return out;
}

Config to_config(const Generation& generation) {
  const char* reason = generation.finish_reason == FinishReason::stop ? "stop" : "length";
  return Config::object({{"text", generation.text},
                         {"ids", Config::array(Config::Items(generation.ids.begin(), generation.ids.end()))},
                         {"finish_reason", reason}});
}

}  // namespace strata
