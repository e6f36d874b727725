// A tiny model and its surroundings for tests of training: the target's next token from a table of its last one, plus a
// bag of the source's words; plain gradient descent; a dataset and a tokenizer in memory.
#pragma once

#include <array>
#include <barrier>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "framework/data/folder.hpp"
#include "strata/core/error.hpp"
#include "strata/core/json.hpp"
#include "strata/data/dataset.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/index.hpp"
#include "strata/ops/random.hpp"
#include "strata/ops/reduce.hpp"
#include "strata/ops/shape.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/run/train_run.hpp"
#include "strata/tensor/context.hpp"
#include "strata/train/observer.hpp"
#include "strata/train/optimizer.hpp"

namespace strata_test {

using namespace strata;

// logits[b,t] = table[target_in[b,t]] + mean over the source of bag[source[b,s]], padding left out.
class TinyModel final : public Model {
 public:
  struct Options {
    double dropout = 0;
    double spoil = 0;  // > 0: the loss is NaN from this call of loss() on, in training
    std::int64_t hidden = 0;
    bool counts = false;
    void visit(auto& option) {
      option("dropout", dropout, "of logits").range(0, 0.9);
      option("spoil", spoil, "forward pass that gives NaN").min(0);
      option("hidden", hidden, "rows of a parameter that nothing reads").min(0);
      option("counts", counts, "a buffer that counts the target tokens of training");
    }
  };

  TinyModel(const Options& options, const Facts& facts)
      : options_(options),
        table_(parameter("table", {facts.sizes.at("target"), facts.sizes.at("target")}, Init::uniform(0.5))),
        bag_(parameter("bag", {facts.sizes.at("source"), facts.sizes.at("target")}, Init::uniform(0.5))) {
    bag_.state().quantizable = true;  // it may be held in 8 bits
    if (options.hidden > 0) unused_ = parameter("unused", {options.hidden}, Init::ones());
    if (options.counts) seen_ = buffer("seen", {1}, Init::zeros());
  }

  // What this thread's training forwards were called with.
  struct Call {
    std::int64_t random_step;
    std::multiset<std::vector<double>> rows;  // of the source
    double seen;                              // by the buffer, before
  };
  static std::vector<Call>& calls() {
    static thread_local std::vector<Call> all;
    return all;
  }

  Loss loss(const TensorBatch& batch, const LossOptions& options) override {
    const Tensor& ids = batch["source"];
    if (context().training && context().device == nullptr) note(ids);  // elsewhere looking would end a recording
    const Tensor valid =
        unsqueeze(cast(logical_not(equal(ids, Tensor::full(ids.shape(), kPad, DType::i64))), DType::f32), 2);
    const Tensor lengths = sum(valid, {1, 2}, true);
    const Tensor bag = sum(embedding(bag_, ids) * valid, {1}, true) / lengths;  // [B,1,V]
    Tensor logits = embedding(table_, batch["target_in"]) + bag;                // [B,Tt,V]
    logits = dropout(logits, options_.dropout, random_key());
    if (context().training && options_.spoil > 0 && ++calls_ >= options_.spoil) logits = logits * std::nan("");
    Loss out;
    out.sum = sum(softmax_xent(logits, batch["target_out"], options.label_smoothing, kPad));
    const NoGrad scope;
    out.parts.push_back({"loss", sum(softmax_xent(logits.detach(), batch["target_out"], 0, kPad))});
    const Tensor best = argmax(logits.detach(), 2);
    out.parts.push_back({"correct", sum(cast(equal(best, batch["target_out"]), DType::f32))});
    if (seen_ && context().training) {
      const Tensor padding = equal(batch["target_out"], Tensor::full(batch["target_out"].shape(), kPad, DType::i64));
      seen_.assign(seen_.value() + reshape(sum(cast(logical_not(padding), DType::f32)), {1}));
    }
    return out;
  }

 private:
  void note(const Tensor& ids) const {
    std::multiset<std::vector<double>> rows;
    for (std::int64_t b = 0; b < ids.size(0); ++b) rows.insert(select(ids, 0, b).to_doubles());
    calls().push_back(
        {static_cast<std::int64_t>(context().random_step.item()), std::move(rows), seen_ ? seen_.value().item() : 0});
  }

  Options options_;
  Parameter table_, bag_, unused_;
  Buffer seen_;
  double calls_ = 0;
};

class PlainDescent : public Optimizer {
 public:
  struct Options {
    double lr = 0.5;
    void visit(auto& option) { option("lr", lr, "step size"); }
  };
  PlainDescent(const Options& options, const Facts& facts)
      : lr_(options.lr), groups_(facts.groups), parameters_(facts.parameters()), step_(Tensor::zeros({}, DType::i64)) {
    for (const NamedParameter& one : parameters_) last_.push_back(Tensor::zeros(one.parameter.shape()));
  }
  // Half of each step is the last gradient, so that a resume which forgets the state is seen.
  void step(std::span<const Tensor> rates, const Tensor& scale) override {
    const NoGrad scope;
    if (!std::isfinite(scale.item())) return;  // an update that is skipped
    std::size_t i = 0;
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      const Tensor& rate = rates[group];
      for (std::size_t k = 0; k < groups_[group].parameters.size(); ++k, ++i) {
        const Tensor& value = parameters_[i].parameter.value();
        if (!value.grad().defined()) continue;
        const Tensor gradient = value.grad() * scale;
        copy_into(value, value.detach() - gradient * rate - last_[i] * (kept_ * rate.item()));
        copy_into(last_[i], gradient);
      }
    }
    add_in_place(step_, Tensor::full({}, 1, DType::i64));
  }
  double learning_rate() const override { return lr_; }
  std::vector<NamedTensor> state() override {
    std::vector<NamedTensor> out{{"step", step_}};
    for (std::size_t i = 0; i < parameters_.size(); ++i) out.push_back({"last." + parameters_[i].name, last_[i]});
    return out;
  }

 protected:
  double kept_ = 0;

 private:
  double lr_;
  std::vector<ParameterGroup> groups_;
  std::vector<NamedParameter> parameters_;  // group by group
  Tensors last_;
  Tensor step_;
};

class MomentumDescent final : public PlainDescent {
 public:
  using Options = PlainDescent::Options;
  MomentumDescent(const Options& options, const Facts& facts) : PlainDescent(options, facts) { kept_ = 0.5; }
};

class FlatSchedule final : public Schedule {
 public:
  double factor(const Position&) const override { return 1; }
};

class TinyTokenizer : public Tokenizer {
 public:
  struct Options {
    bool joint = false, samples = false;
    void visit(auto& option) {
      option("joint", joint, "one vocabulary");
      option("samples", samples, "while training, half of the words are <unk>, anew in every epoch");
    }
  };
  explicit TinyTokenizer(const Options& options) : joint_(options.joint), samples_(options.samples) {}
  bool joint() const override { return joint_; }
  bool samples() const override { return samples_; }
  std::vector<std::int32_t> sample(std::string_view text, Rng& random) const override {
    std::vector<std::int32_t> ids = encode(text);
    for (std::int32_t& id : ids) {
      if (samples_ && random.uniform() < 0.5) id = kUnk;
    }
    return ids;
  }
  void train(const LineSource& lines) override {
    for (std::string line; lines(line);) {
      std::istringstream words(line);
      for (std::string word; words >> word;) {
        if (vocabulary_.find(word) < 0) vocabulary_.add(word);
      }
    }
  }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  std::vector<std::int32_t> encode(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) ids.push_back(vocabulary_.encode(word));
    return ids;
  }
  std::string decode(const std::vector<std::int32_t>& ids) const override {
    std::string text;
    for (const std::int32_t id : ids) text += (text.empty() ? "" : " ") + vocabulary_.token(id);
    return text;
  }
  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    vocabulary_.save(folder + "/" + prefix + "vocab.txt");
    return {prefix + "vocab.txt"};
  }
  void load(const std::string& folder, const std::string& prefix) override {
    vocabulary_ = Vocabulary::load(folder + "/" + prefix + "vocab.txt");
  }

 private:
  bool joint_, samples_;
  Vocabulary vocabulary_;
};

// Two ranks as two threads of this process; each says which it is in mine() before it trains.
class TinyPair final : public Communicator {
 public:
  static int& mine() {
    static thread_local int rank = 0;
    return rank;
  }

  TinyPair() : rank_(mine()) {}
  int rank() const override { return rank_; }
  int size() const override { return 2; }
  void barrier() override { shared().gate.arrive_and_wait(); }
  void all_reduce(const Tensor& tensor) override {
    combine(tensor, [](const Tensor& a, const Tensor& b) { return a + b; });
  }
  void broadcast(const Tensor& tensor) override {
    // A copy, as the tensor of the first rank is written again while the second still reads.
    combine(tensor, [](const Tensor& a, const Tensor&) { return a + Tensor::zeros(a.shape(), a.dtype()); });
  }

 private:
  struct Shared {
    std::barrier<> gate{2};
    std::array<Tensor, 2> tensors;
  };
  static Shared& shared() {
    static Shared one;
    return one;
  }
  template <class Rule>
  void combine(const Tensor& tensor, Rule&& rule) {
    const NoGrad scope;
    shared().tensors[static_cast<std::size_t>(rank_)] = tensor;
    barrier();
    const Tensor result = rule(shared().tensors[0], shared().tensors[1]);
    barrier();
    copy_into(tensor, result);
    barrier();
  }

  int rank_;
};

inline void register_tiny() {
  static const bool once = [] {
    Registry& registry = default_registry();
    registry.add<Model, TinyModel>("tiny", "of the tests");
    registry.add<Optimizer, PlainDescent>("tiny_descent", "of the tests");
    registry.add<Optimizer, MomentumDescent>("tiny_momentum", "of the tests");
    registry.add<Schedule, FlatSchedule>("tiny_flat", "of the tests");
    registry.add<Communicator, TinyPair>("tiny_pair", "of the tests");
    registry.add<Tokenizer, TinyTokenizer>("tiny_words", "of the tests");
    return true;
  }();
  (void)once;
}

// Keeps what it is told.
class Recorder final : public Observer {
 public:
  std::vector<RunReport> runs;
  std::vector<UpdateReport> updates;
  std::vector<ValidationReport> validations;
  std::vector<std::string> messages;
  std::vector<EndReport> ends;
  std::function<void(std::int64_t update)> after_update;

  void begin(const RunReport& report) override { runs.push_back(report); }
  void update(const UpdateReport& report) override {
    updates.push_back(report);
    if (after_update) after_update(report.update);
  }
  void validation(const ValidationReport& report) override { validations.push_back(report); }
  void message(Severity, const std::string& text) override { messages.push_back(text); }
  void end(const EndReport& report) override { ends.push_back(report); }
};

// Files of a small task in a fresh folder: the target is the source backwards, in capitals.
class TinyTask : public Folder {
 public:
  TinyTask() {
    register_tiny();
    std::string source, target;
    for (int i = 0; i < 24; ++i) line(i, source, target);
    write("train.source", source);
    write("train.target", target);
    source.clear();
    target.clear();
    for (int i = 24; i < 32; ++i) line(i, source, target);
    write("valid.source", source);
    write("valid.target", target);
  }

  // The recipe with other options of the trainer, the feed and the model, as JSON. "batch" and "max_length" of `train`
  // are options of the feed.
  Config recipe(const std::string& train = "{}", const std::string& model = "{}") const {
    Config config = parse_json(R"({"seed": 7, "tokenizer": "tiny_words",
      "model": {"type": "tiny"}, "feed": {"type": "pairs", "batch": {"tokens": 24}},
      "train": {"type": "supervised", "optimizer": {"type": "tiny_momentum"}, "schedule": "tiny_flat",
                "report_every": 1, "keep_checkpoints": 0}})",
                               "recipe.json");
    Config data = Config::object({{"type", "parallel"}, {"train", path("train")}, {"valid", path("valid")}});
    config.put("data", data);
    for (const char* part : {"train", "model"}) {
      Config merged = config.at(part);
      const Config over = parse_json(std::string(part) == "train" ? train : model, "recipe.json");
      Config feed = config.at("feed");
      for (const auto& [name, value] : over.members()) {
        (name == "batch" || name == "max_length" ? feed : merged).put(name, value);
      }
      config.put("feed", feed);
      config.put(part, merged);
    }
    return config;
  }

  std::string run_path(const std::string& name = "run") const { return path(name); }

  static EndReport train(const Config& recipe, const std::string& output, Observer* observer = nullptr) {
    TrainRunOptions options;
    options.output = output;
    options.observer = observer;
    return train_run(recipe, options);
  }

 private:
  static void line(int i, std::string& source, std::string& target) {
    const char* low[] = {"a", "b", "c", "d", "e"};
    const char* high[] = {"A", "B", "C", "D", "E"};
    const int length = 2 + i % 4;
    std::string back;
    for (int k = 0; k < length; ++k) {
      const int word = (i * 7 + k * k + k) % 5;
      source += std::string(k == 0 ? "" : " ") + low[word];
      back = high[word] + (back.empty() ? "" : " " + back);
    }
    source += "\n";
    target += back + "\n";
  }
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace strata_test
