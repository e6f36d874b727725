// Translator: sorts by length, batches, decodes, and gives everything back in the order of the lines.
#include "strata/run/translate_run.hpp"

#include <memory>
#include <utility>

#include "run/line_batches.hpp"
#include "run/write_labels.hpp"
#include "strata/decode/search.hpp"

namespace strata {

using detail::SourceLine;

Translator::Translator(Model& model, const Tokenizers& tokenizers, const TranslateOptions& options)
    : generator_(require<Generator>(model, "Generator", "translate")), tokenizers_(tokenizers), options_(options) {
  options_.decode.check();
}

std::vector<std::vector<Translation>> Translator::translate(std::span<const std::string> lines) {
  std::vector<std::vector<Translation>> out(lines.size());
  detail::each_batch({*tokenizers_.source, options_, report_}, lines,
                     [&](std::span<const SourceLine> batch) { run_batch(batch, out); });
  for (std::vector<Translation>& n_best : out) {
    if (n_best.empty()) n_best.emplace_back();
  }
  return out;
}

void Translator::run_batch(std::span<const SourceLine> sources, std::vector<std::vector<Translation>>& out) {
  std::vector<std::int64_t> numbers;
  for (const SourceLine& source : sources) numbers.push_back(source.number);
  const auto found = decode(generator_, detail::to_tensors(sources), options_.decode, numbers);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!found[i][0].finished) ++report_.unfinished;
    report_.target_tokens += static_cast<std::int64_t>(found[i][0].ids.size());
    for (const Hypothesis& hypothesis : found[i]) {
      Translation& translation = out[sources[i].place].emplace_back();
      translation.text = tokenizers_.target->decode(hypothesis.ids);
      translation.log_probability = hypothesis.log_probability;
      translation.score = hypothesis.score;
      translation.finished = hypothesis.finished;
      if (hypothesis.alignment.empty()) continue;
      translation.alignment.source = tokenizers_.source->pieces(sources[i].ids);
      translation.alignment.source.emplace_back("</s>");
      translation.alignment.target = tokenizers_.target->pieces(hypothesis.ids);
      if (hypothesis.finished) translation.alignment.target.emplace_back("</s>");
      translation.alignment.weights = hypothesis.alignment;
    }
  }
}

void Translator::translate(LineReader& reader, const Each& each) {
  std::int64_t done = 0;
  detail::each_chunk({*tokenizers_.source, options_, report_}, reader, [&](const std::vector<std::string>& lines) {
    for (const std::vector<Translation>& n_best : translate(lines)) each(done++, n_best);
  });
}

std::vector<std::string> Translator::warnings() const {
  std::vector<std::string> out;
  detail::warn_of_cut_lines(report_, options_, out);
  if (report_.unfinished > 0) {
    out.push_back(std::to_string(report_.unfinished) + " of " + std::to_string(report_.lines) +
                  " outputs were cut at the longest length (max_length_ratio, max_length)");
  }
  return out;
}

MakeTranslate make_translate(TranslateOptions options) {
  options.decode.n_best = 1;
  options.long_lines = LongLines::cut;
  return [options](Model& model, const Tokenizers& tokenizers) -> TranslateLines {
    if (dynamic_cast<Generator*>(&model) == nullptr) return detail::write_labels(model, tokenizers, options);
    auto translator = std::make_shared<Translator>(model, tokenizers, options);
    return [translator](const std::vector<std::string>& sources) {
      std::vector<std::string> out;
      for (std::vector<Translation>& best : translator->translate(sources)) out.push_back(std::move(best[0].text));
      return out;
    };
  };
}

}  // namespace strata
