// Retrieval by two encoders in one file (Huang et al., 2013, "Learning deep structured semantic models for web search
// using clickthrough data"; Gillick et al., 2018, "End-to-end retrieval in continuous space"). A query and a document
// become vectors, whose product is the score of the pair. The feed "retrieval" makes batches in which every row has
// another document, the model "two_tower" learns to find the document of each row among them, and the verb `strata
// retrieve` ranks the lines of a file for each query.
// Legend: B rows of a batch, T tokens, E width of an embedding, C width of a vector, N documents of a file.
#include <strata/core/error.hpp>
#include <strata/core/plugin_call.hpp>
#include <strata/core/rng.hpp>
#include <strata/core/sha256.hpp>
#include <strata/data/corpus.hpp>
#include <strata/data/feed.hpp>
#include <strata/data/line_reader.hpp>
#include <strata/model/answerer.hpp>
#include <strata/model/model.hpp>
#include <strata/nn/layers.hpp>
#include <strata/nn/recurrent_stack.hpp>
#include <strata/ops/cross_entropy.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/index.hpp>
#include <strata/ops/matmul.hpp>
#include <strata/ops/positions.hpp>
#include <strata/ops/reduce.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>
#include <strata/tensor/context.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

namespace {
using namespace strata;
using Ids = std::vector<std::int32_t>;

// Adds the columns NAME, ids [B,T], and NAME_lengths, ids [B]. T is at least 1. `pad` fills up the rows.
void add_texts(Batch& batch, const std::string& name, const std::vector<Ids>& rows, std::int32_t pad) {
  std::size_t time = 1;
  for (const Ids& row : rows) time = std::max(time, row.size());
  const auto count = static_cast<std::int64_t>(rows.size());
  Column ids{.name = name, .shape = {count, static_cast<std::int64_t>(time)}, .ids = {}, .numbers = {}};
  Column lengths{.name = name + "_lengths", .shape = {count}, .ids = {}, .numbers = {}};
  for (const Ids& row : rows) {
    ids.ids.insert(ids.ids.end(), row.begin(), row.end());
    ids.ids.insert(ids.ids.end(), time - row.size(), pad);
    lengths.ids.push_back(static_cast<std::int32_t>(row.size()));
  }
  batch.columns.push_back(std::move(ids));
  batch.columns.push_back(std::move(lengths));
}

// Pairs of a query and a document. Columns: query [B,T], query_lengths [B], document [B,T], document_lengths [B].
class RetrievalFeed final : public Feed {
 public:
  struct Options {
    std::int64_t batch_size = 256, max_length = 0;
    std::string query = "source", document = "target";
    void visit(auto& option) {
      option("batch_size", batch_size, "most pairs of a batch, each of which has another document").range(1, 1 << 20);
      option("max_length", max_length, "largest number of tokens of a text; longer texts are cut (0: no limit)").min(0);
      option("query", query, "field of the data with the query");
      option("document", document, "field of the data with the document that answers it");
    }
  };

  RetrievalFeed(const Options& options, const Facts& facts) : options_(options), facts_(facts) {
    if (facts_.dataset == nullptr) return;  // a trained model answers
    const std::vector<FieldInfo> fields = facts_.dataset->fields();
    query_ = find_field(fields, options_.query, FieldKind::text, "[retrieval] query");
    document_ = find_field(fields, options_.document, FieldKind::text, "[retrieval] document");
    if (!facts_.split.empty()) read();
  }

  std::vector<VocabularyPlan> vocabularies() const override {
    return {{"query", {options_.query}}, {"document", {options_.document}}};
  }
  // "query" and "document" are the numbers of ids; "text" is there when both have one vocabulary.
  Sizes sizes() const override {
    Sizes sizes{{"query", {facts_.tokenizers["query"].size()}}, {"document", {facts_.tokenizers["document"].size()}}};
    if (facts_.tokenizers.joint()) sizes.put("text", {facts_.tokenizers["query"].size()});
    return sizes;
  }

  std::int64_t batches(std::int64_t /*epoch*/) const override { return batches_; }
  Batch batch(std::int64_t epoch, std::int64_t position) const override {
    check_position(epoch, position, batches_);
    const auto number = static_cast<std::size_t>(position * facts_.ranks + facts_.rank);
    Batch batch;
    std::vector<Ids> queries, documents;
    const std::shared_ptr<const Plan> plan = this->plan(epoch);
    for (const std::int64_t pair : plan->at(number)) {
      if (texts_.empty()) {
        const EncodedPair one = corpus_[pair];
        queries.emplace_back(one.source.begin(), one.source.end());
        documents.emplace_back(one.target.begin(), one.target.end());
      } else {  // a tokenizer that samples: other tokens in each epoch
        Rng random(facts_.seed, "retrieval/tokens/" + std::to_string(epoch) + "/" + std::to_string(pair));
        const auto& [query, document] = texts_[static_cast<std::size_t>(pair)];
        queries.push_back(encode("query", query, &random));
        documents.push_back(encode("document", document, &random));
      }
      batch.indices.push_back(corpus_[pair].index);
    }
    batch.size = batch.tokens = static_cast<std::int64_t>(queries.size());
    add_texts(batch, "query", queries, pad("query"));
    add_texts(batch, "document", documents, pad("document"));
    batch.epoch = epoch;
    batch.position = position;
    batch.first = true;  // no state is carried from batch to batch
    batch.last = position + 1 == batches_;
    return batch;
  }

  std::vector<FieldInfo> input_fields() const override { return line_fields({options_.query}); }
  Batch inputs(std::span<const Example> examples) const override {
    std::vector<std::string> texts;
    for (const Example& one : examples) texts.push_back(one.fields.at(0).text);
    Batch batch = side("query", texts);
    for (const Example& one : examples) batch.indices.push_back(one.index);
    return batch;
  }
  // Makes a batch with the columns document and document_lengths alone.
  Batch documents(std::span<const std::string> texts) const { return side("document", texts); }

  std::string fingerprint() const override { return fingerprint_; }

 private:
  using Plan = std::vector<std::vector<std::int64_t>>;  // for each batch of all ranks, its pairs in corpus_

  // Returns the tokens of a text, at most max_length; drawn from `random` when it is not null.
  Ids encode(const char* side, const std::string& text, Rng* random = nullptr) const {
    const Tokenizer& tokenizer = facts_.tokenizers[side];
    Ids ids = in_plugin(random == nullptr ? "encode()" : "sample()", tokenizer,
                        [&] { return random == nullptr ? tokenizer.encode(text) : tokenizer.sample(text, *random); });
    if (options_.max_length > 0 && static_cast<std::int64_t>(ids.size()) > options_.max_length) {
      ids.resize(static_cast<std::size_t>(options_.max_length));
    }
    return ids;
  }
  // The model reads the lengths alone, so that any id serves where a vocabulary has none for padding.
  std::int32_t pad(const char* side) const {
    return std::max(facts_.tokenizers[side].vocabulary().specials().pad, std::int32_t{0});
  }
  Batch side(const char* name, std::span<const std::string> texts) const {
    Batch batch;
    std::vector<Ids> rows;
    for (const std::string& text : texts) rows.push_back(encode(name, text));
    batch.size = static_cast<std::int64_t>(rows.size());
    add_texts(batch, name, rows, pad(name));
    batch.first = true;
    return batch;
  }

  // Reads the split. Two documents of the same tokens are one document: no model could tell them apart.
  void read() {
    const auto reader = in_plugin("open()", *facts_.dataset, [&] { return facts_.dataset->open(facts_.split); });
    const auto next = [&](Example& example) {
      return in_plugin("next()", *reader, [&] { return reader->next(example); });
    };
    const bool samples = facts_.training && facts_.tokenizers.samples();
    std::unordered_map<std::string, std::size_t> known;
    std::int64_t without_text = 0;
    Sha256 sum;
    for (Example example; next(example);) {
      const std::string &query = example.fields[query_].text, &document = example.fields[document_].text;
      for (const std::string* text : {&query, &document}) sum.update(text->c_str(), text->size() + 1);
      const Ids source = encode("query", query), target = encode("document", document);
      if (source.empty() || target.empty()) {
        ++without_text;
        continue;
      }
      const std::string key(reinterpret_cast<const char*>(target.data()), target.size() * sizeof(target[0]));
      const auto [found, is_new] = known.try_emplace(key, pairs_of_.size());
      if (is_new) pairs_of_.emplace_back();
      pairs_of_[found->second].push_back(corpus_.size());
      corpus_.add(source, target, example.index);
      if (samples) texts_.emplace_back(query, document);
    }
    fingerprint_ = sum.hex();
    const std::string place = "split " + facts_.split;
    for (const std::string& warning : reader->warnings()) facts_.warn(warning);
    if (without_text > 0) {
      facts_.warn(place + ": " + std::to_string(without_text) + " pairs with a side without tokens are left out");
    }
    if (corpus_.size() == 0) {
      throw Error("E_DATA_EMPTY", "[retrieval] " + place, "no pair is left", "do both fields have texts?");
    }
    std::size_t most = 0;
    for (const auto& pairs : pairs_of_) most = std::max(most, pairs.size());
    const std::int64_t wanted = (corpus_.size() + options_.batch_size - 1) / options_.batch_size;
    const std::int64_t needed = std::max(wanted, static_cast<std::int64_t>(most));
    batches_ = (needed + facts_.ranks - 1) / facts_.ranks;
    if (needed > wanted) {
      facts_.warn(place + ": a document occurs " + std::to_string(most) + " times, so that there are " +
                  std::to_string(needed) + " batches, with " + std::to_string(corpus_.size() / needed) +
                  " pairs or one more, instead of " + std::to_string(wanted));
    }
  }

  // Returns the batches of an epoch, which are computed from seed and epoch alone; the last plan stays in memory. The
  // pairs are dealt to the batches in turn, those of a document one after the other. There are at least as many batches
  // as pairs of a document: no batch gets two of them, and batches differ by one pair at most.
  std::shared_ptr<const Plan> plan(std::int64_t epoch) const {
    const std::scoped_lock lock(mutex_);
    if (plan_ != nullptr && (plan_epoch_ == epoch || !facts_.training)) return plan_;
    std::vector<std::size_t> order(pairs_of_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng random(facts_.seed, "retrieval/order/" + std::to_string(epoch));
    if (facts_.training) random.shuffle(order);
    auto made = std::make_shared<Plan>(static_cast<std::size_t>(batches_ * facts_.ranks));
    std::size_t turn = 0;
    for (const std::size_t document : order) {
      std::vector<std::int64_t> pairs = pairs_of_[document];
      if (facts_.training) random.shuffle(pairs);
      for (const std::int64_t pair : pairs) (*made)[turn++ % made->size()].push_back(pair);
    }
    plan_epoch_ = epoch;
    return plan_ = made;
  }

  Options options_;
  Facts facts_;
  std::size_t query_ = 0, document_ = 0;                    // positions of the fields
  Corpus corpus_;                                           // source: queries, target: documents
  std::vector<std::pair<std::string, std::string>> texts_;  // those of the corpus when a tokenizer samples, else none
  std::vector<std::vector<std::int64_t>> pairs_of_;         // of each different document
  std::int64_t batches_ = 0;
  std::string fingerprint_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Plan> plan_;
  mutable std::int64_t plan_epoch_ = -1;
};

// The capability of giving queries and documents vectors. The score of a pair is the product of its vectors.
class Retriever {
 public:
  virtual ~Retriever() = default;
  virtual Tensor queries(const TensorBatch& batch) = 0;    // columns query, query_lengths -> [B,C]
  virtual Tensor documents(const TensorBatch& batch) = 0;  // columns document, document_lengths -> [B,C]
};

enum class Sharing { none, embeddings, all };
enum class Similarity { cosine, dot };

struct TowerOptions {
  std::int64_t embedding = 128, width = 128;
  std::vector<RecurrentOptions> recurrent;
  bool weights = true;
  double dropout = 0.1;
};

// The encoder of one side: the mean of the words, or of the outputs of recurrent layers, then a linear layer.
class Tower final : public Layer {
 public:
  Tower(const TowerOptions& options, std::int64_t tokens) : dropout_(options.dropout) {
    std::int64_t width = options.embedding;
    for (const RecurrentOptions& one : options.recurrent) {
      stacks_.push_back(std::make_shared<RecurrentStack>(one, width));
      child("recurrent" + std::to_string(stacks_.size()), stacks_.back());  // recurrent1, recurrent2, ...
      width = one.hidden;
    }
    if (options.weights) child("weights", weights_ = std::make_shared<Embedding>(tokens, 1, 0.0));
    child("output", output_ = std::make_shared<Linear>(width, options.width));
    child("dropout", dropout_);
  }

  // ids i64 [B,T], lengths i64 [B] -> f32 [B,C]. `call` is another number for each call in one forward pass.
  Tensor operator()(const Embedding& embedding, const Tensor& ids, const Tensor& lengths, std::int64_t call) const {
    Tensor x = dropout_(embedding(ids), 2 * call);  // [B,T,E]
    const Tensor one = Tensor::full({}, 1, DType::i64);
    for (const auto& stack : stacks_) x = (*stack)(x, maximum(lengths, one)).outputs;
    x = full(x);
    Tensor share = unsqueeze(cast(length_mask(lengths, ids.size(1)), x.dtype()), 2);  // [B,T,1]
    if (weights_ != nullptr) share = share * sigmoid(full((*weights_)(ids)));
    const Tensor mean = sum(x * share, {1}) / (sum(share, {1}) + 1e-6);  // zeros for a text without tokens
    return full((*output_)(dropout_(as_compute(mean), 2 * call + 1)));
  }

 private:
  // Vectors are pooled and compared in f32, whatever the compute type is (f64 in checks).
  static Tensor full(const Tensor& x) { return x.dtype() == DType::f64 ? x : cast(x, DType::f32); }

  std::vector<std::shared_ptr<RecurrentStack>> stacks_;
  std::shared_ptr<Embedding> weights_;
  std::shared_ptr<Linear> output_;
  Dropout dropout_;
};

class TwoTower final : public Model, public Retriever {
 public:
  struct Options : TowerOptions {
    Sharing share = Sharing::none;
    Similarity similarity = Similarity::cosine;
    double temperature = 0.05;
    bool both_directions = true;
    void visit(auto& option) {
      option("embedding", embedding, "width of the words' embeddings").range(1, 65536);
      option("recurrent", recurrent,
             "recurrent layers that read the embeddings, one after the other (none: a bag of words)");
      option("weights", weights, "switch for a weight of each word in the mean, which is learnt");
      option("width", width, "width of the vectors of queries and documents").range(1, 65536);
      option("dropout", dropout, "probability of dropping an element of the embeddings and of their mean")
          .min(0)
          .below(1);
      option("share", share, "parts that queries and documents have in common; they need one vocabulary (joint)",
             {{"none", Sharing::none}, {"embeddings", Sharing::embeddings}, {"all", Sharing::all}});
      option("similarity", similarity, "product of the vectors, which cosine first divides by their lengths",
             {{"cosine", Similarity::cosine}, {"dot", Similarity::dot}});
      option("temperature", temperature, "divisor of the similarities in the softmax").above(0).max(1000);
      option(
          "both_directions", both_directions,
          "switch for the mean of two losses: documents of a query, and queries of a document; else the first alone");
    }
  };

  TwoTower(const Options& options, const Facts& facts) : options_(options) {
    if (options.share != Sharing::none && !facts.sizes.has("text")) {
      throw Error("E_CONFIG_RANGE", "[two_tower] share", "queries and documents have two vocabularies",
                  "set the option joint of the tokenizer, or share to none");
    }
    const std::int64_t queries = facts.sizes.at("query"), documents = facts.sizes.at("document");
    const double deviation = 1 / std::sqrt(static_cast<double>(options.embedding));
    const auto table = [&](const char* name, std::int64_t tokens) {
      auto made = std::make_shared<Embedding>(tokens, options.embedding, deviation);
      child(name, made);
      return made;
    };
    const auto tower = [&](const char* name, std::int64_t tokens) {
      auto made = std::make_shared<Tower>(options, tokens);
      child(name, made);
      return made;
    };
    const bool one_table = options.share != Sharing::none, one_tower = options.share == Sharing::all;
    query_words_ = table(one_table ? "embedding" : "query_embedding", queries);
    document_words_ = one_table ? query_words_ : table("document_embedding", documents);
    query_ = tower(one_tower ? "tower" : "query", queries);
    document_ = one_tower ? query_ : tower("document", documents);
  }

  Tensor queries(const TensorBatch& batch) override {
    return scaled((*query_)(*query_words_, batch["query"], batch["query_lengths"], 0));
  }
  Tensor documents(const TensorBatch& batch) override {
    return scaled((*document_)(*document_words_, batch["document"], batch["document_lengths"], 1));
  }

  // The document of row i is the right one for query i, and those of the other rows are wrong.
  Loss loss(const TensorBatch& batch, const LossOptions& options) override {
    const Tensor scores = matmul(queries(batch), transpose(documents(batch))) / options_.temperature;  // [B,B]
    const Tensor right = iota(scores.size(0));
    const CrossEntropy forward = cross_entropy(scores, right, options.label_smoothing);
    Loss loss;
    Tensor nll = sum(forward.nll);
    loss.sum = sum(forward.loss);
    if (options_.both_directions) {
      const CrossEntropy backward = cross_entropy(contiguous(transpose(scores)), right, options.label_smoothing);
      loss.sum = (loss.sum + sum(backward.loss)) / 2.0;
      nll = (nll + sum(backward.nll)) / 2.0;
    }
    loss.parts.push_back({"loss", nll});
    if (!context().training) {
      const Tensor found = equal(argmax(scores.detach(), 1), right);
      loss.parts.push_back({"correct", sum(cast(found, DType::f32))});
    }
    return loss;
  }
  double weight(const Batch& batch) const override { return static_cast<double>(batch.size); }

 private:
  Tensor scaled(const Tensor& x) const {
    if (options_.similarity == Similarity::dot) return x;
    return x / sqrt(sum(x * x, {1}, true) + 1e-12);
  }

  Options options_;
  std::shared_ptr<Embedding> query_words_, document_words_;
  std::shared_ptr<Tower> query_, document_;
};

// Ranks the lines of a file for each query.
class Retrieve final : public Answerer {
 public:
  struct Options {
    std::string documents;
    std::int64_t top = 10, batch_size = 256;
    void visit(auto& option) {
      option("documents", documents, "file with a document on each line").required();
      option("top", top, "number of documents for each query, the best first").range(1, 1 << 20);
      option("batch_size", batch_size, "number of texts that are encoded together").range(1, 1 << 20);
    }
  };

  Retrieve(const Options& options, const Facts& facts)
      : Answerer(facts.feed),
        options_(options),
        model_(facts.model),
        retriever_(require<Retriever>(*model_, "Retriever", facts.place)),
        feed_(std::dynamic_pointer_cast<const RetrievalFeed>(facts.feed)) {
    if (feed_ == nullptr) {
      throw Error("E_MODEL_CAPABILITY", facts.place, "the run was trained with another feed than \"retrieval\"",
                  "only this feed makes batches of documents");
    }
    const ContextScope scope;
    context().recording = context().training = false;
    LineReader reader(options_.documents);
    Tensors vectors;
    std::vector<std::string> texts;
    const auto encode = [&] {
      if (texts.empty()) return;
      vectors.push_back(retriever_.documents(to_tensors(feed_->documents(texts))));
      for (std::string& text : texts) documents_.push_back(std::move(text));
      texts.clear();
    };
    for (std::string line; reader.next(line);) {
      texts.push_back(line);
      if (static_cast<std::int64_t>(texts.size()) == options_.batch_size) encode();
    }
    encode();
    warnings_ = reader.warnings();
    if (vectors.empty()) throw Error("E_DATA_EMPTY", options_.documents, "there is no document", "option documents");
    vectors_ = contiguous(transpose(concat(vectors, 0)));
  }

  void answer(std::span<const Example> examples, const Each& each) override {
    const ContextScope scope;
    context().recording = context().training = false;
    const auto step = static_cast<std::size_t>(options_.batch_size);
    const int k = static_cast<int>(std::min<std::int64_t>(options_.top, vectors_.size(1)));
    for (std::size_t begin = 0; begin < examples.size(); begin += step) {
      const auto part = examples.subspan(begin, std::min(step, examples.size() - begin));
      const Tensor scores = matmul(retriever_.queries(to_tensors(feed_->inputs(part))), vectors_);  // [B,N]
      // A last bit depends on the other texts of a batch, so that ranks go by the four digits that are shown.
      const TopK best = topk(round(scores * 1e4), k);  // [B,k]; of equal scores, the earlier line comes first
      const std::vector<double> rounded = best.values.to_doubles();
      const std::vector<std::int64_t> lines = best.indices.to_integers();
      for (std::size_t row = 0; row < part.size(); ++row) {
        std::vector<Answer> answers;
        for (std::size_t i = row * static_cast<std::size_t>(k); i < (row + 1) * static_cast<std::size_t>(k); ++i) {
          answers.push_back(answer_of(part[row].index, lines[i], rounded[i] / 1e4));
        }
        each(answers);
      }
    }
  }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  // One ranked document; queries and lines are numbered from 1.
  Answer answer_of(std::int64_t query, std::int64_t index, double score) const {
    char digits[32];
    std::snprintf(digits, sizeof(digits), "%.4f", score);
    const std::string& text = documents_[static_cast<std::size_t>(index)];
    Answer answer{.text = text, .json = Config::object()};
    answer.json.put("query", query + 1);
    answer.json.put("line", index + 1);
    answer.json.put("score", score);
    answer.json.put("document", text);
    answer.line = std::to_string(query + 1) + "\t" + digits + "\t" + std::to_string(index + 1) + "\t" + text;
    return answer;
  }

  Options options_;
  std::shared_ptr<Model> model_;
  Retriever& retriever_;
  std::shared_ptr<const RetrievalFeed> feed_;
  std::vector<std::string> documents_, warnings_;
  Tensor vectors_;  // [C,N]
};
}  // namespace

STRATA_PLUGIN("two-tower", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Feed, RetrievalFeed>("retrieval",
                                     "pairs of a query and a document; no two documents of a batch are equal");
  r.add<strata::Model, TwoTower>("two_tower",
                                 "two encoders, of queries and of documents, for retrieval (Huang et al., 2013)",
                                 {.feed = "retrieval"});
  r.add<strata::Answerer, Retrieve>(
      "retrieve", "Ranks the lines of a file for each query. It prints the best of them with their scores.",
      answers_with<Retriever>("Retriever", "ranks documents for queries"));
});
