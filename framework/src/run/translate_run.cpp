// Translator: sorts by length, batches, decodes, and gives everything back in the order of the lines.
#include "strata/run/translate_run.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "decode/check_constraints.hpp"
#include "run/line_batches.hpp"
#include "run/line_constraints.hpp"
#include "run/minimum_risk.hpp"
#include "run/word_alignment.hpp"
#include "run/write_labels.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/model/model.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/answer_run.hpp"
#include "strata/text/one_line.hpp"

namespace strata {

using detail::SourceLine;

namespace {

// A language model writes, too, but has no source and no target.
const Tokenizers& pairs_only(const Tokenizers& tokenizers) {
  if (tokenizers.has("source") && tokenizers.has("target")) return tokenizers;
  throw Error("E_MODEL_CAPABILITY", "translate", "the run has no source and target texts",
              "`strata generate` goes on with prompts");
}

}  // namespace

Translator::Translator(Model& model, const Tokenizers& tokenizers, const TranslateOptions& options)
    : Translator(&require<Generator>(model, "Generator", "translate"), pairs_only(tokenizers), options) {}

Translator::Translator(Ensemble& ensemble, const Tokenizers& tokenizers, const TranslateOptions& options)
    : Translator(static_cast<Generator*>(&ensemble), pairs_only(tokenizers), options) {}

Translator::Translator(Generator* generator, const Tokenizers& tokenizers, const TranslateOptions& options)
    : generator_(*generator),
      tokenizers_(tokenizers),
      options_(options),
      constraints_(std::make_unique<detail::LineConstraints>(options, tokenizers.shared("target"))) {
  options_.decode.check();
  options_.decode.specials = tokenizers_["target"].vocabulary().specials();
  if (options_.mbr_samples == 0) return;
  const std::string samples = std::to_string(options_.mbr_samples);
  if (options_.decode.search != Search::sample) {
    throw Error("E_CONFIG_RANGE", "mbr_samples", samples + " samples of a beam search", "set search to \"sample\"");
  }
  if (options_.mbr_samples < std::max<std::int64_t>(2, options_.decode.n_best)) {
    throw Error("E_CONFIG_RANGE", "mbr_samples",
                samples + " samples, of which " + std::to_string(options_.decode.n_best) + " are written",
                "at least 2, and at least n_best");
  }
}

Translator::~Translator() = default;

// Most like the others first, n_best of them.
void Translator::keep_likely(std::vector<Translation>& samples) const {
  std::vector<std::string> texts;
  for (const Translation& one : samples) texts.push_back(one.text);
  const std::vector<double> utilities = detail::expected_utilities(texts, options_.mbr_utility);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i].score = utilities[i];
  std::stable_sort(samples.begin(), samples.end(),
                   [](const Translation& a, const Translation& b) { return a.score > b.score; });
  samples.resize(std::min(samples.size(), static_cast<std::size_t>(options_.decode.n_best)));
}

std::vector<std::vector<Translation>> Translator::translate(std::span<const std::string> lines) {
  detail::Failure failure;
  std::vector<std::vector<Translation>> out = answer(lines, failure);
  failure.rethrow();
  return out;
}

// How lines are read, with what the files of prefixes and phrases say of each.
detail::LineJob Translator::job() {
  return {tokenizers_["source"], options_, report_, [this](SourceLine& line) {
            line.constraints = constraints_->next(line.number);
            const auto tokens = static_cast<std::int64_t>(line.ids.size());
            detail::check_constraints(line.constraints, line.number,
                                      detail::longest_output(generator_, options_.decode, tokens), options_.decode);
          }};
}

// The answers of the lines before the failure, if there is one, count.
std::vector<std::vector<Translation>> Translator::answer(std::span<const std::string> lines, detail::Failure& failure) {
  std::vector<std::vector<Translation>> out(lines.size());
  detail::each_batch(job(), lines, failure, [&](std::span<const SourceLine> batch) { run_batch(batch, out, failure); });
  for (std::vector<Translation>& n_best : out) {
    if (n_best.empty()) n_best.emplace_back();
  }
  return out;
}

void Translator::run_batch(std::span<const SourceLine> sources, std::vector<std::vector<Translation>>& out,
                           detail::Failure& failure) {
  std::vector<std::int64_t> numbers;
  std::vector<Constraints> constraints;
  bool constrained = false;
  for (const SourceLine& source : sources) {
    numbers.push_back(source.number);
    constraints.push_back(source.constraints);
    constrained = constrained || source.constraints;
  }
  if (!constrained) constraints.clear();  // plain searches are quicker
  DecodeOptions search = options_.decode;
  if (options_.mbr_samples > 0) search.n_best = options_.mbr_samples;
  const auto found = detail::decode_unchecked(generator_, detail::to_tensors(sources), search, numbers, constraints);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    try {
      detail::check_met(sources[i].constraints, sources[i].number, found[i][0]);
    } catch (const Error&) {
      failure.note(sources[i].place);
    }
    if (!found[i][0].finished) ++report_.unfinished;
    report_.target_tokens += static_cast<std::int64_t>(found[i][0].ids.size());
    for (const Hypothesis& hypothesis : found[i]) {
      Translation& translation = out[sources[i].place].emplace_back();
      translation.text = one_line(
          in_plugin("decode()", tokenizers_["target"], [&] { return tokenizers_["target"].decode(hypothesis.ids); }));
      translation.log_probability = hypothesis.log_probability;
      translation.score = hypothesis.score;
      translation.finished = hypothesis.finished;
      if (hypothesis.alignment.empty()) continue;
      translation.alignment.source = tokenizers_["source"].pieces(sources[i].ids);
      translation.alignment.source.emplace_back("</s>");
      translation.alignment.target = tokenizers_["target"].pieces(hypothesis.ids);
      if (hypothesis.finished) translation.alignment.target.emplace_back("</s>");
      translation.alignment.weights = hypothesis.alignment;
      translation.words = detail::align_words(translation.alignment, sources[i].ids, hypothesis.ids, tokenizers_);
    }
    if (options_.mbr_samples > 0) keep_likely(out[sources[i].place]);
  }
}

void Translator::translate(std::span<const std::string> lines, const Each& each) {
  std::int64_t number = report_.lines;
  detail::Failure failure;
  const std::vector<std::vector<Translation>> out = answer(lines, failure);
  for (std::size_t i = 0; i < std::min(out.size(), failure.place); ++i) each(number++, out[i]);
  failure.rethrow();
}

void Translator::translate(LineReader& reader, const Each& each) {
  const std::int64_t first = report_.lines;
  detail::each_chunk(job(), reader, [&](const std::vector<std::string>& lines) {
    translate(lines,
              [&](std::int64_t number, const std::vector<Translation>& n_best) { each(number - first, n_best); });
  });
  constraints_->end(report_.lines);
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
    if (!tokenizers.has("source") || !tokenizers.has("target")) return {};
    const std::vector<std::string> verbs = answerers_of(model, default_registry());
    const auto has = [&](const char* verb) { return std::find(verbs.begin(), verbs.end(), verb) != verbs.end(); };
    if (!has("translate")) return has("classify") ? detail::write_labels(model, tokenizers, options) : TranslateLines();
    auto translator = std::make_shared<Translator>(model, tokenizers, options);
    return [translator](const std::vector<std::string>& sources) {
      std::vector<std::string> out;
      for (std::vector<Translation>& best : translator->translate(sources)) out.push_back(std::move(best[0].text));
      return out;
    };
  };
}

}  // namespace strata
