// evaluate_text: a text in windows that overlap, or from one batch to the next with the state that a model carries.
// Legend: n tokens of the sequence, a start token counted.
#include "strata/run/evaluate_text.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "strata/core/error.hpp"
#include "strata/core/interrupt.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/core/text_file.hpp"
#include "strata/core/utf8.hpp"
#include "strata/data/byte_reader.hpp"
#include "strata/model/model.hpp"
#include "strata/tensor/context.hpp"
#include "strata/text/words.hpp"

namespace strata {
namespace {

constexpr const char* kPlace = "eval --text";
constexpr std::int64_t kCarried = 1024;  // tokens that a model with carried state reads at once

// The tokens of a text as the model reads them.
struct Sequence {
  std::vector<std::int32_t> ids;  // [n]
  std::int64_t start = 0;         // number of those that stand before the text
  std::int64_t size() const { return static_cast<std::int64_t>(ids.size()); }
  // The place of the first token that is predicted: something stands before it.
  std::int64_t first() const { return std::max<std::int64_t>(1, start); }
};

std::string read(const std::string& file) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  ByteReader reader(file);
  std::string text;
  for (std::size_t more = kBlock; more == kBlock;) {
    const std::size_t size = text.size();
    text.resize(size + kBlock);
    more = reader.read({reinterpret_cast<std::uint8_t*>(text.data()) + size, kBlock});
    text.resize(size + more);
  }
  text.erase(0, text.size() - without_byte_order_mark(text).size());
  const std::size_t fault = utf8_fault(text);
  if (fault != std::string::npos) {
    throw Error("E_DATA_UTF8", file, "byte " + std::to_string(fault + 1) + " is not valid UTF-8");
  }
  return text;
}

// The beginning of a text, whole characters of it.
std::string_view beginning(std::string_view text) {
  constexpr std::size_t kBytes = 4096;
  if (text.size() <= kBytes) return text;
  std::size_t end = kBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

Sequence sequence_of(const TokenScorer& scorer, const Tokenizer& tokenizer, const std::string& text) {
  Sequence sequence;
  sequence.ids = in_plugin("encode()", tokenizer, [&] { return tokenizer.encode(text); });
  GivenTokens head = scorer.encode(beginning(text));
  if (head.ids.empty()) head = scorer.encode(text);
  sequence.ids.insert(sequence.ids.begin(), head.before.begin(), head.before.end());
  sequence.start = static_cast<std::int64_t>(head.before.size());
  return sequence;
}

// Sums -log p over windows: each reads `context` tokens at most and counts those after the ones counted so far.
void read_windows(const Sequence& all, TokenScorer& scorer, const ScoreBatch& batch, TextReport& report) {
  std::vector<GivenTokens> windows;
  const std::int64_t most = std::clamp<std::int64_t>(batch.tokens / (report.context + 1), 1, batch.size);
  const auto score = [&] {
    for (const std::vector<double>& found : scorer.score(windows)) {
      for (const double one : found) report.nll -= one;
    }
    windows.clear();
  };
  std::int64_t from = all.first();
  while (from < all.size()) {
    const std::int64_t step = from == all.first() ? std::max(report.stride, report.context - from + 1) : report.stride;
    const std::int64_t end = std::min(from + step, all.size());
    const auto begin = all.ids.begin() + std::max<std::int64_t>(0, end - 1 - report.context);
    windows.push_back({{begin, all.ids.begin() + from}, {all.ids.begin() + from, all.ids.begin() + end}});
    report.counted += end - from;
    ++report.windows;
    if (static_cast<std::int64_t>(windows.size()) == most) score();
    from = end;
  }
  score();
}

double loss_of(const Loss& loss) {
  for (const LossPart& part : loss.parts) {
    if (part.name == "loss") return part.sum.item();
  }
  return loss.sum.item();
}

// Sums the loss over batches of one row, each with the state that the one before it left.
void read_carried(const Sequence& all, Model& model, TextReport& report) {
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  Tensors carry;
  for (std::int64_t from = 0; from + 1 < all.size(); from += kCarried) {
    if (interrupted() != 0) throw Error("E_STOPPED", kPlace, "stopped on request before the whole text was read");
    const std::int64_t time = std::min(kCarried, all.size() - 1 - from);
    Column tokens{"tokens", {1, time}, {}, {}}, targets{"targets", {1, time}, {}, {}};
    tokens.ids.assign(all.ids.begin() + from, all.ids.begin() + from + time);
    targets.ids.assign(all.ids.begin() + from + 1, all.ids.begin() + from + 1 + time);
    for (std::int64_t t = 0; t < time && from + t + 1 < all.first(); ++t) targets.ids[static_cast<std::size_t>(t)] = -1;
    report.counted += std::count_if(targets.ids.begin(), targets.ids.end(), [](std::int32_t id) { return id >= 0; });
    Batch batch;
    batch.size = 1;
    batch.tokens = time;
    batch.indices = {0};
    batch.first = from == 0;
    batch.columns = {std::move(tokens), std::move(targets)};
    TensorBatch tensors = to_tensors(batch);
    tensors.carry = carry;
    const Loss loss = in_plugin("loss()", model, [&] { return model.loss(tensors, {}); });
    report.nll += loss_of(loss);
    ++report.windows;
    carry = loss.carry;
    if (carry.empty() && from + time + 1 < all.size()) {
      throw Error("E_CONFIG_RANGE", "context",
                  "the model has no longest context, and carries no state from window to window",
                  "say with --context how many tokens a window reads");
    }
  }
}

void choose_windows(const EvaluateTextOptions& options, std::int64_t longest, TextReport& report) {
  report.context = options.context > 0 ? options.context : longest;
  if (longest > 0 && report.context > longest) {
    throw Error("E_CONFIG_RANGE", "context",
                std::to_string(report.context) + " is above " + std::to_string(longest) + ", the context of the model");
  }
  if (report.context == 0 && options.stride > 0) {
    throw Error("E_CONFIG_RANGE", "stride",
                std::to_string(options.stride) + " is given without a context, and the model has no longest one",
                "give --context, too");
  }
  report.stride = options.stride > 0 ? options.stride : (report.context + 1) / 2;
  if (report.stride > report.context) {
    throw Error("E_CONFIG_RANGE", "stride",
                std::to_string(report.stride) + " is above the context, " + std::to_string(report.context) +
                    ", so that tokens between windows would be left out");
  }
}

Config finite(double value) {
  Config out;
  if (std::isfinite(value)) out = Config(value);
  return out;
}

}  // namespace

double TextReport::loss() const { return nll / static_cast<double>(counted); }
double TextReport::perplexity() const { return std::exp(loss()); }
double TextReport::bits_per_byte() const { return nll / std::numbers::ln2 / static_cast<double>(bytes); }
double TextReport::bits_per_word() const {
  return words > 0 ? nll / std::numbers::ln2 / static_cast<double>(words) : std::nan("");
}

TextReport evaluate_text(const LoadedModel& loaded, const EvaluateTextOptions& options) {
  TokenScorer scorer(*loaded.model, loaded.feed, loaded.tokenizers, options.batch, kPlace);
  if (scorer.translates()) {
    throw Error("E_MODEL_CAPABILITY", kPlace, "the model scores a target given a source, and a text has none",
                "`strata logprobs` scores pairs with it");
  }
  TextReport report;
  choose_windows(options, scorer.context(), report);
  const std::string text = read(options.file);
  const Tokenizer& tokenizer = loaded.tokenizers["text"];
  const Sequence sequence = sequence_of(scorer, tokenizer, text);
  if (sequence.size() <= sequence.first()) {
    throw Error("E_DATA_EMPTY", options.file,
                std::to_string(text.size()) + " bytes have " + std::to_string(sequence.size()) +
                    " tokens, of which none is predicted");
  }
  const std::int32_t unknown = tokenizer.vocabulary().specials().unknown;
  report.unknown = unknown < 0 ? 0 : std::count(sequence.ids.begin(), sequence.ids.end(), unknown);
  report.tokens = sequence.size() - sequence.start;
  report.bytes = static_cast<std::int64_t>(text.size());
  for_each_word(text, [&](std::string_view) { ++report.words; });
  if (report.context > 0) {
    read_windows(sequence, scorer, options.batch, report);
  } else {
    read_carried(sequence, *loaded.model, report);
  }
  return report;
}

Config to_config(const TextReport& report) {
  return Config::object({{"loss", finite(report.loss())},
                         {"perplexity", finite(report.perplexity())},
                         {"bits_per_byte", finite(report.bits_per_byte())},
                         {"bits_per_word", finite(report.bits_per_word())},
                         {"tokens", report.tokens},
                         {"counted", report.counted},
                         {"unknown", report.unknown},
                         {"bytes", report.bytes},
                         {"words", report.words},
                         {"windows", report.windows},
                         {"context", report.context},
                         {"stride", report.stride}});
}

}  // namespace strata
