// Feed "pairs": a source text and a target text, in batches of about equally many tokens.
#include <algorithm>

#include "data/builtin.hpp"
#include "data/summed_reader.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/data/batcher.hpp"
#include "strata/data/corpus.hpp"
#include "strata/data/feed.hpp"
#include "strata/plugin/registry.hpp"

namespace strata {
namespace {

struct PairsOptions {
  BatchOptions batch;
  std::int64_t max_length = 0;
  std::string source = "source", target = "target";

  void visit(auto& option) {
    option("batch", batch, "rule by which pairs form batches");
    option("max_length", max_length,
           "largest number of tokens on a side of a training pair; longer pairs are left out (0: no limit)")
        .min(0);
    option("source", source, "field of the data with the source text");
    option("target", target, "field of the data with the target text");
  }
};

class PairsFeed final : public Feed {
 public:
  using Options = PairsOptions;

  PairsFeed(const Options& options, const Facts& facts) : options_(options), facts_(facts) {
    if (facts_.dataset != nullptr) {
      const std::vector<FieldInfo> fields = facts_.dataset->fields();
      source_ = find_field(fields, options.source, FieldKind::text, "[pairs] source");
      target_ = find_field(fields, options.target, FieldKind::text, "[pairs] target");
    }
    for (const char* side : {"source", "target"}) require_standard(side);
    if (!facts_.split.empty()) read();
  }

  std::vector<VocabularyPlan> vocabularies() const override {
    return {{"source", {options_.source}}, {"target", {options_.target}}};
  }

  Sizes sizes() const override {
    return {{"source", {facts_.tokenizers["source"].size()}}, {"target", {facts_.tokenizers["target"].size()}}};
  }

  std::int64_t batches(std::int64_t epoch) const override {
    return (batcher_->batches(epoch) + facts_.ranks - 1) / facts_.ranks;
  }

  Batch batch(std::int64_t epoch, std::int64_t position) const override {
    const std::int64_t all = batcher_->batches(epoch), count = batches(epoch);
    check_position(epoch, position, count);
    const std::int64_t own = position * facts_.ranks + facts_.rank;
    Batch batch = own < all ? batcher_->batch(epoch, own) : make_pair_batch({});
    batch.epoch = epoch;
    batch.position = position;
    batch.first = true;  // no state goes from pair to pair
    batch.last = position + 1 == count;
    return batch;
  }

  std::vector<FieldInfo> input_fields() const override { return line_fields({"source"}); }

  Batch inputs(std::span<const Example> examples) const override {
    const Tokenizer& tokenizer = facts_.tokenizers["source"];
    std::vector<std::vector<std::int32_t>> ids;
    for (const Example& one : examples) {
      ids.push_back(in_plugin("encode()", tokenizer, [&] { return tokenizer.encode(one.fields.at(0).text); }));
    }
    std::vector<EncodedPair> pairs;
    for (std::size_t i = 0; i < ids.size(); ++i) pairs.push_back({ids[i], {}, examples[i].index});
    return without_target(make_pair_batch(pairs));
  }

  std::string fingerprint() const override { return fingerprint_; }

 private:
  // Models of pairs know the ids of padding, start and end.
  void require_standard(const std::string& side) const {
    if (!facts_.tokenizers.has(side)) return;
    const Specials& specials = facts_.tokenizers[side].vocabulary().specials();
    const Specials standard = Specials::standard();
    if (specials.pad == standard.pad && specials.start == standard.start && specials.ends == standard.ends) return;
    throw Error("E_TOKENIZER_VOCABULARY", "[pairs] " + side,
                "its special tokens have other ids than those of the feed: pad " + std::to_string(specials.pad) +
                    ", start " + std::to_string(specials.start) + ", end " + std::to_string(specials.end()),
                "the feed needs pad 0, start 1, end 2");
  }

  CorpusOptions corpus_options(Rng* random) const {
    CorpusOptions options{facts_.training ? options_.max_length : 0, false, "split " + facts_.split, random};
    options.source = source_;
    options.target = target_;
    return options;
  }

  std::unique_ptr<ExampleReader> opened() const {
    return in_plugin("open()", *facts_.dataset, [&] { return facts_.dataset->open(facts_.split); });
  }

  void read() {
    detail::SummedReader reader(opened());
    CorpusReport report;
    corpus_ = read_corpus(reader, facts_.tokenizers, corpus_options(nullptr), report);
    fingerprint_ = reader.sum();
    for (const std::string& warning : report.warnings) facts_.warn(warning);
    BatchOptions batch = options_.batch;
    batch.shuffle = batch.shuffle && facts_.training;
    if (facts_.training && facts_.tokenizers.samples()) {
      // The split is read again in every epoch: texts may be larger than their ids, which alone stay in memory.
      batcher_ = std::make_unique<Batcher>(
          [this](std::int64_t epoch) {
            Rng random(facts_.seed, "data/subwords/" + std::to_string(epoch));
            CorpusReport ignored;  // the same warnings as at first
            return std::make_shared<const Corpus>(
                read_corpus(*opened(), facts_.tokenizers, corpus_options(&random), ignored));
          },
          batch, facts_.seed);
      corpus_ = {};
    } else {
      batcher_ = std::make_unique<Batcher>(corpus_, batch, facts_.training ? facts_.seed : 0);
    }
  }

  static Batch without_target(Batch batch) {
    batch.tokens = 0;
    std::erase_if(batch.columns, [](const Column& one) { return one.name.rfind("target", 0) == 0; });
    return batch;
  }

  PairsOptions options_;
  Facts facts_;
  std::size_t source_ = 0, target_ = 1;
  Corpus corpus_;
  std::unique_ptr<Batcher> batcher_;
  std::string fingerprint_;
};

}  // namespace

void register_pairs_feed(Registry& registry) {
  registry.add<Feed, PairsFeed>("pairs", "pairs of a source and a target text, in batches of similar lengths");
}

}  // namespace strata
