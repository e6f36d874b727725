// Feed "packed": documents in windows of a fixed size, several in one where they are short, for language models that
// keep them apart by segments (Ding et al., 2024, for the packing).
// Legend: B windows, T window.
#include <algorithm>
#include <numeric>

#include "data/builtin.hpp"
#include "data/epoch_cache.hpp"
#include "data/packing.hpp"
#include "data/text_rows.hpp"
#include "data/token_split.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/feed.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

constexpr std::int32_t kNoTarget = -1;

struct PackedOptions {
  std::string field = "text";
  std::int64_t window = 256, batch_size = 32, buffer = 4096, min_length = 1;
  bool shuffle = true, start = false, end = true;

  void visit(auto& option) {
    option("field", field, "field of the data with the text");
    option("window", window, "number of tokens of a window, the time of a batch").range(1, 1 << 20);
    option("batch_size", batch_size, "number of windows of a batch").range(1, 1 << 16);
    option("buffer", buffer, "number of documents that are packed into windows together").range(1, 1 << 30);
    option("min_length", min_length,
           "least number of tokens that are predicted in a document; shorter ones are left out of training")
        .range(1, 1 << 20);
    option("shuffle", shuffle, "new order, partners and cuts of the documents in each epoch");
    option("start", start,
           "token that begins a text (where there is none: the one that ends it) before each document and prompt, so "
           "that the first token of a text is predicted, too");
    option("end", end, "token that ends a text after each document");
  }
};

// The windows of an epoch.
struct Plan {
  detail::Packing packing;
  std::vector<std::size_t> order;  // of the windows
};

class PackedFeed final : public Feed {
 public:
  using Options = PackedOptions;

  PackedFeed(const Options& options, const Facts& facts) : options_(options), facts_(facts) {
    if (facts_.dataset != nullptr) {
      (void)find_field(facts_.dataset->fields(), options.field, FieldKind::text, "[packed] field");
    }
    detail::TokenSplit split{options.field};
    if (facts_.tokenizers.has("text")) {
      if (options.end) split.end = detail::require_end(facts_.tokenizers, "packed");
      if (options.start) split.start = start_ = require_start();
    }
    if (facts_.split.empty()) return;
    file_ = detail::open_token_split(facts_, split);
    warn_of_short();
    if (plan_of(0)->order.empty()) {
      throw Error("E_DATA_EMPTY", "split " + facts_.split,
                  "no document of " + std::to_string(file_->ends().size()) + " has a token to predict, " +
                      std::to_string(least()) + " at least",
                  "documents of two tokens or more, or a smaller min_length");
    }
  }

  std::vector<VocabularyPlan> vocabularies() const override { return {{"text", {options_.field}}}; }
  Sizes sizes() const override { return {{"tokens", {facts_.tokenizers["text"].size()}}}; }

  std::int64_t batches(std::int64_t epoch) const override {
    const std::int64_t step = options_.batch_size * facts_.ranks;
    return (static_cast<std::int64_t>(plan_of(epoch)->order.size()) + step - 1) / step;
  }

  Batch batch(std::int64_t epoch, std::int64_t position) const override {
    const std::shared_ptr<const Plan> plan = plan_of(epoch);
    const std::int64_t count = batches(epoch), windows = static_cast<std::int64_t>(plan->order.size());
    check_position(epoch, position, count);
    const std::int64_t begin = std::min((position * facts_.ranks + facts_.rank) * options_.batch_size, windows);
    Batch batch;
    batch.size = std::min(options_.batch_size, windows - begin);
    batch.epoch = epoch;
    batch.position = position;
    batch.first = true;
    batch.last = position + 1 == count;
    if (!facts_.training) batch.bytes = 0;
    for (const char* name : {"tokens", "targets", "segments", "positions"}) {
      batch.columns.push_back({name, {batch.size, options_.window}, {}, {}});
      batch.columns.back().ids.reserve(static_cast<std::size_t>(batch.size * options_.window));
    }
    for (std::int64_t row = 0; row < batch.size; ++row) {
      const std::size_t window = plan->order[static_cast<std::size_t>(begin + row)];
      batch.indices.push_back(static_cast<std::int64_t>(window));
      add_window(plan->packing.window(window), batch);
    }
    return batch;
  }

  std::vector<FieldInfo> input_fields() const override { return {{"text"}}; }

  Batch inputs(std::span<const Example> examples) const override {
    return detail::prompt_rows(facts_.tokenizers["text"], examples, start_);
  }

  std::string fingerprint() const override { return file_ == nullptr ? "" : file_->fingerprint(); }

 private:
  std::int32_t require_start() const {
    const Specials& specials = facts_.tokenizers["text"].vocabulary().specials();
    const std::int32_t id = specials.start >= 0 ? specials.start : specials.end();
    if (id >= 0) return id;
    throw Error("E_TOKENIZER_VOCABULARY", "[packed] start", "the vocabulary has no token that begins or ends a text",
                "set start to false");
  }

  // Validation counts every document.
  std::int64_t least() const { return facts_.training ? options_.min_length : 1; }

  void warn_of_short() const {
    std::int64_t begin = 0, left_out = 0;
    for (const std::int64_t end : file_->ends()) {
      left_out += end - 1 - begin < least() ? 1 : 0;
      begin = end;
    }
    if (left_out == 0) return;
    facts_.warn("split " + facts_.split + ": " + std::to_string(left_out) + " of " +
                std::to_string(file_->ends().size()) + " documents are left out, as they have fewer than " +
                std::to_string(least()) + " tokens to predict");
  }

  bool shuffles() const { return options_.shuffle && facts_.training; }

  std::shared_ptr<const Plan> plan_of(std::int64_t epoch) const {
    if (!shuffles()) epoch = 0;
    return plans_.of(epoch, [&] { return make_plan(epoch); });
  }

  std::shared_ptr<const Plan> make_plan(std::int64_t epoch) const {
    Rng random(facts_.seed, "data/windows/" + std::to_string(epoch));
    const auto offset = [&] {
      return shuffles() ? static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(options_.window))) : 0;
    };
    std::vector<detail::Piece> pieces = detail::cut_documents(file_->ends(), options_.window, least(), offset);
    if (shuffles()) random.shuffle(pieces);
    auto plan = std::make_shared<Plan>();
    plan->packing = detail::pack(pieces, options_.window, static_cast<std::size_t>(options_.buffer));
    plan->order.resize(plan->packing.size());
    std::iota(plan->order.begin(), plan->order.end(), std::size_t{0});
    if (shuffles()) random.shuffle(plan->order);
    return plan;
  }

  // Adds a row to the four columns.
  void add_window(std::span<const detail::Piece> pieces, Batch& batch) const {
    std::vector<std::int32_t>&tokens = batch.columns[0].ids, &targets = batch.columns[1].ids;
    const Tokenizer& tokenizer = facts_.tokenizers["text"];
    std::vector<std::int32_t> ids;
    std::int64_t space = options_.window;
    std::int32_t segment = 0;
    for (const detail::Piece& piece : pieces) {
      ids.resize(static_cast<std::size_t>(piece.count) + 1);
      file_->read(piece.begin, ids);
      tokens.insert(tokens.end(), ids.begin(), ids.end() - 1);
      targets.insert(targets.end(), ids.begin() + 1, ids.end());
      add_segment(segment++, piece.count, batch);
      space -= piece.count;
      batch.tokens += piece.count;
      if (!facts_.training) batch.bytes += detail::predicted_bytes(tokenizer, ids);
    }
    tokens.resize(tokens.size() + static_cast<std::size_t>(space), detail::padding_of(tokenizer));
    targets.resize(tokens.size(), kNoTarget);
    add_segment(segment, space, batch);
  }

  static void add_segment(std::int32_t number, std::int64_t count, Batch& batch) {
    std::vector<std::int32_t>&segments = batch.columns[2].ids, &positions = batch.columns[3].ids;
    segments.resize(segments.size() + static_cast<std::size_t>(count), number);
    for (std::int32_t at = 0; at < count; ++at) positions.push_back(at);
  }

  PackedOptions options_;
  Facts facts_;
  std::int32_t start_ = -1;  // the token before each document and prompt; -1: none
  std::unique_ptr<detail::TokenFile> file_;
  mutable detail::EpochCache<Plan> plans_;
};

}  // namespace

void register_packed_feed(Registry& registry) {
  registry.add<Feed, PackedFeed>(
      "packed", "documents in windows of a fixed size, kept apart by segments; each token predicts the next one");
}

}  // namespace strata
