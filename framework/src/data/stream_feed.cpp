// Feed "stream": one long text in lanes that are read side by side, for language models (Mikolov et al., 2010). State
// is carried from batch to batch.
#include <algorithm>
#include <numeric>

#include "data/builtin.hpp"
#include "data/epoch_cache.hpp"
#include "data/text_rows.hpp"
#include "data/token_split.hpp"
#include "strata/core/error.hpp"
#include "strata/core/rng.hpp"
#include "strata/data/feed.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

constexpr std::int32_t kNoTarget = -1;

struct StreamOptions {
  std::string field = "text";
  std::int64_t lanes = 32, window = 64;
  bool shuffle = true, end = true;

  void visit(auto& option) {
    option("field", field, "field of the data with the text");
    option("lanes", lanes, "number of places in the text that are read side by side, the rows of a batch")
        .range(1, 1 << 16);
    option("window", window, "number of tokens of a lane in a batch, over which gradients go back").range(1, 1 << 20);
    option("shuffle", shuffle, "new order of the documents in each epoch");
    option("end", end, "token that ends a text after each document");
  }
};

// The documents in the order of an epoch, as one sequence of ids.
struct Order {
  std::vector<std::uint32_t> documents;  // empty: the order of the file
  std::vector<std::int64_t> starts;      // for each of them: the position at which it begins
};

class StreamFeed final : public Feed {
 public:
  using Options = StreamOptions;

  StreamFeed(const Options& options, const Facts& facts) : options_(options), facts_(facts) {
    if (facts_.dataset != nullptr) {
      (void)find_field(facts_.dataset->fields(), options.field, FieldKind::text, "[stream] field");
    }
    detail::TokenSplit split{options.field};
    if (facts_.tokenizers.has("text") && options.end) split.end = detail::require_end(facts_.tokenizers, "stream");
    if (facts_.split.empty()) return;
    file_ = detail::open_token_split(facts_, split);
    divide();
  }

  std::vector<VocabularyPlan> vocabularies() const override { return {{"text", {options_.field}}}; }
  Sizes sizes() const override { return {{"tokens", {facts_.tokenizers["text"].size()}}}; }

  std::int64_t batches(std::int64_t) const override { return (lane_length_ + options_.window - 1) / options_.window; }

  Batch batch(std::int64_t epoch, std::int64_t position) const override {
    const std::int64_t count = batches(epoch), time = options_.window;
    check_position(epoch, position, count);
    const std::int64_t width = std::min(time, lane_length_ - position * time);
    const std::shared_ptr<const Order> order = order_of(epoch);
    const Tokenizer& tokenizer = facts_.tokenizers["text"];
    Column tokens{"tokens", {lanes_, width}, {}, {}}, targets{"targets", {lanes_, width}, {}, {}};
    tokens.ids.assign(static_cast<std::size_t>(lanes_ * width), detail::padding_of(tokenizer));
    targets.ids.assign(static_cast<std::size_t>(lanes_ * width), kNoTarget);
    Batch batch;
    batch.size = lanes_;
    if (!facts_.training) batch.bytes = 0;
    std::vector<std::int32_t> ids;
    for (std::int64_t lane = 0; lane < lanes_; ++lane) {
      const std::int64_t own = facts_.rank * lanes_ + lane, begin = own * lane_length_ + position * time;
      const std::int64_t here = std::clamp<std::int64_t>(file_->size() - 1 - begin, 0, width);
      batch.indices.push_back(own);
      if (here == 0) continue;
      ids.resize(static_cast<std::size_t>(here + 1));
      read(*order, begin, ids);
      std::copy(ids.begin(), ids.end() - 1, tokens.ids.begin() + lane * width);
      std::copy(ids.begin() + 1, ids.end(), targets.ids.begin() + lane * width);
      batch.tokens += here;
      if (!facts_.training) batch.bytes += detail::predicted_bytes(tokenizer, ids);
    }
    batch.columns = {std::move(tokens), std::move(targets)};
    batch.epoch = epoch;
    batch.position = position;
    batch.first = position == 0;
    batch.last = position + 1 == count;
    return batch;
  }

  std::vector<FieldInfo> input_fields() const override { return {{"text"}}; }

  Batch inputs(std::span<const Example> examples) const override {
    return detail::prompt_rows(facts_.tokenizers["text"], examples, /*start=*/-1);
  }

  std::string fingerprint() const override { return file_ == nullptr ? "" : file_->fingerprint(); }

 private:
  // Lanes of equal lengths; the last one may be shorter. Validation takes fewer lanes of a short text.
  void divide() {
    const std::int64_t predictions = file_->size() - 1, least = options_.lanes * facts_.ranks * options_.window;
    if (predictions < (facts_.training ? least : 1)) {
      throw Error("E_DATA_EMPTY", "split " + facts_.split,
                  std::to_string(file_->size()) + " tokens are too few: " + std::to_string(options_.lanes) +
                      " lanes of a window of " + std::to_string(options_.window) + " need " + std::to_string(least + 1),
                  "fewer lanes or a shorter window");
    }
    lanes_ = options_.lanes;
    if (!facts_.training) {
      lanes_ = std::clamp<std::int64_t>(predictions / (options_.window * facts_.ranks), 1, options_.lanes);
    }
    const std::int64_t all = lanes_ * facts_.ranks;
    lane_length_ = (predictions + all - 1) / all;
  }

  std::shared_ptr<const Order> order_of(std::int64_t epoch) const {
    if (!options_.shuffle || !facts_.training || file_->ends().size() < 2) return as_written_;
    return orders_.of(epoch, [&] { return make_order(epoch); });
  }

  std::shared_ptr<const Order> make_order(std::int64_t epoch) const {
    auto order = std::make_shared<Order>();
    order->documents.resize(file_->ends().size());
    std::iota(order->documents.begin(), order->documents.end(), 0U);
    Rng(facts_.seed, "data/documents/" + std::to_string(epoch)).shuffle(order->documents);
    std::int64_t at = 0;
    for (const std::uint32_t document : order->documents) {
      order->starts.push_back(at);
      at += file_->ends()[document] - begin_of(document);
    }
    return order;
  }

  std::int64_t begin_of(std::size_t document) const { return document == 0 ? 0 : file_->ends()[document - 1]; }

  // Ids at a position of the epoch's sequence.
  void read(const Order& order, std::int64_t begin, std::span<std::int32_t> out) const {
    if (order.documents.empty()) return file_->read(begin, out);
    const auto next = std::upper_bound(order.starts.begin(), order.starts.end(), begin);
    for (auto at = static_cast<std::size_t>(next - order.starts.begin()) - 1; !out.empty(); ++at) {
      const std::size_t document = order.documents[at];
      const std::int64_t skipped = begin - order.starts[at], from = begin_of(document) + skipped;
      const std::int64_t left = file_->ends()[document] - from;
      const std::size_t count = std::min(out.size(), static_cast<std::size_t>(left));
      file_->read(from, out.first(count));
      out = out.subspan(count);
      begin += static_cast<std::int64_t>(count);
    }
  }

  StreamOptions options_;
  Facts facts_;
  std::unique_ptr<detail::TokenFile> file_;
  std::int64_t lanes_ = 1, lane_length_ = 0;
  const std::shared_ptr<const Order> as_written_ = std::make_shared<const Order>();
  mutable detail::EpochCache<Order> orders_;
};

}  // namespace

void register_stream_feed(Registry& registry) {
  registry.add<Feed, StreamFeed>(
      "stream", "one long text in lanes side by side, whose next token is predicted; state goes from batch to batch");
}

}  // namespace strata
