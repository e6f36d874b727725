// Writing step by step: equal to teacher forcing, whatever beams, dropped and permuted sentences do to the rows.
#include "plugins/stages/transformer.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/ops/fused.hpp"
#include "strata/ops/shape.hpp"

using namespace strata_test;

namespace {

constexpr std::int64_t kWords = 9;

struct Case {
  std::string name, json;
};
std::vector<Case> cases() {
  std::vector<Case> out;
  for (const char* attention : {R"("additive")", R"("dot")", R"("general")", R"("concat")", ""}) {
    out.push_back({std::string("lstm ") + attention, recipe("lstm", attention, 8, "", true, 2)});
    out.push_back({std::string("gru ") + attention, recipe("gru", attention, 6, R"("reverse_source": true)")});
  }
  out.push_back({"rnn", recipe("rnn", R"("dot")", 6, R"("tie": "target")", false)});
  out.push_back({"transformer", transformer_recipe({.layers = 2})});
  out.push_back(
      {"transformer, norms first, key heads, linear to the source",
       transformer_recipe({.attention = R"({"type": "sdpa", "heads": 4, "kv_heads": 2})",
                           .block = R"("norm_first": true, "cross_attention": {"type": "linear", "heads": 2})",
                           .activation = "swiglu",
                           .positions = R"("learned")"})});
  return out;
}

Tensor row(const Ids& words) {
  return Tensor::from(std::vector<std::int64_t>(words.begin(), words.end()), {static_cast<std::int64_t>(words.size())});
}
Tensor numbers(const std::vector<std::int64_t>& values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

// Log-probabilities of what follows <s> history, the sentence alone: [V].
std::vector<double> lone(Model& model, const Ids& source, const Ids& history) {
  auto& generator = require<Generator>(model, "Generator", "test");
  const auto state = generator.begin(batch_of({{source, {4}}}));
  Tensor logits = generator.step(*state, row({kStart}));
  for (const std::int32_t word : history) logits = generator.step(*state, row({word}));
  return log_softmax(logits).to_doubles();
}

// f32 rounds at 6e-8; two layers and five steps of it meet in a log-probability.
double tolerance_of(DType dtype) { return dtype == DType::f64 ? 1e-12 : 1e-5; }

// The rows that a search has, beside each one's words so far and its sentence.
struct Rows {
  std::vector<Ids> histories;
  std::vector<std::size_t> sentences;

  void check(const Tensor& logits, Model& model, const std::vector<Ids>& sources, const std::string& what,
             double tolerance) const {
    double worst = 0;
    const Tensor all = log_softmax(logits);
    for (std::size_t r = 0; r < histories.size(); ++r) {
      const auto at = static_cast<std::int64_t>(r);
      worst = std::max(
          worst, difference(slice(all, 0, at, at + 1).to_doubles(), lone(model, sources[sentences[r]], histories[r])));
    }
    check_within(what, worst, tolerance);
  }
  void write(const Ids& words) {
    for (std::size_t r = 0; r < words.size(); ++r) histories[r].push_back(words[r]);
  }
  void reorder(const std::vector<std::int64_t>& rows) {
    const Rows old = *this;
    histories.clear();
    sentences.clear();
    for (const std::int64_t r : rows) {
      histories.push_back(old.histories[static_cast<std::size_t>(r)]);
      sentences.push_back(old.sentences[static_cast<std::size_t>(r)]);
    }
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(seq2seq_generator)

// All of a step's logits but for a constant: the score of each word as the next target, over the whole sequence at
// once.
BOOST_AUTO_TEST_CASE(steps_equal_teacher_forcing) {
  const Pairs pairs = {{{4, 5, 6}, {7, 8, 4, 4}}, {{8}, {5}}, {{7, 7, 4, 5, 6}, {6, 5}}};
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    const NoGrad none;
    for (const DType dtype : {DType::f64, DType::f32}) {
      for (const Case& one : cases()) {
        const auto model = make_model(one.json, kWords, dtype);
        TensorBatch batch = batch_of(pairs);
        const std::int64_t rows = batch["target_in"].size(0), time = batch["target_in"].size(1);
        auto& generator = require<Generator>(*model, "Generator", "test");
        auto& scorer = require<Scorer>(*model, "Scorer", "test");
        const auto state = generator.begin(batch);
        Tensors steps;
        for (const Tensor& ids : unbind(batch["target_in"], 1))
          steps.push_back(log_softmax(generator.step(*state, ids)));
        const Tensor written = stack(steps, 1);  // [B,T,V]
        double worst = 0;
        for (std::int64_t word = kPad + 1; word < kWords; ++word) {
          batch.put("target_out", Tensor::full({rows, time}, static_cast<double>(word), DType::i64));
          worst = std::max(worst, difference(select(written, 2, word).to_doubles(), scorer.score(batch).to_doubles()));
        }
        check_within(one.name + " " + kernels + " " + name_of(dtype), worst, tolerance_of(dtype));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(scores_are_minus_the_loss) {
  const Kernels scope("best");
  const NoGrad none;
  const auto model = make_model(recipe("lstm", R"("additive")", 8), kWords, DType::f64);
  const TensorBatch batch = batch_of({{{4, 5, 6}, {7, 8}}, {{8}, {5}}});
  const std::vector<double> scores = require<Scorer>(*model, "Scorer", "test").score(batch).to_doubles();
  BOOST_REQUIRE_EQUAL(scores.size(), 6U);
  BOOST_TEST(scores[5] == 0);  // padding
  double total = 0;
  for (const double score : scores) total -= score;
  const Loss loss = model->loss(batch, {});
  check_within("loss", difference({loss.sum.item()}, {total}), 1e-13);
}

BOOST_AUTO_TEST_CASE(rows_follow_their_beam_and_their_sentence) {
  const std::vector<Ids> sources = {{4, 5, 6}, {8}, {7, 7, 4, 5, 6}};
  Pairs pairs;
  for (const Ids& source : sources) pairs.push_back({source, {4}});
  for (const char* kernels : {"plain", "best"}) {
    const Kernels scope(kernels);
    const NoGrad none;
    for (const DType dtype : {DType::f64, DType::f32}) {
      for (const Case& one : cases()) {
        const auto model = make_model(one.json, kWords, dtype);
        auto& generator = require<Generator>(*model, "Generator", "test");
        const auto state = generator.begin(batch_of(pairs));
        Rows rows{{{}, {}, {}}, {0, 1, 2}};
        const std::string what = one.name + " " + kernels + " " + name_of(dtype);
        const auto check = [&](const Ids& words, const char* when) {
          rows.check(generator.step(*state, row(words)), *model, sources, what + " " + when, tolerance_of(dtype));
        };
        const auto reorder = [&](const std::vector<std::int64_t>& order, const std::vector<std::int64_t>& sentences) {
          generator.reorder(*state, numbers(order), sentences.empty() ? Tensor() : numbers(sentences));
          rows.reorder(order);
        };
        check({kStart, kStart, kStart}, "at first");
        reorder({0, 0, 1, 1, 2, 2}, {});  // two beams each
        rows.write({4, 5, 6, 7, 8, 4});
        check({4, 5, 6, 7, 8, 4}, "in beams");
        reorder({1, 0, 3, 3, 4, 5}, {});  // one swaps, one repeats
        rows.write({8, 8, 5, 4, 6, 7});
        check({8, 8, 5, 4, 6, 7}, "reordered");
        reorder({4, 5, 1, 0}, {2, 0});  // the second sentence is done; the others change places
        rows.write({5, 4, 4, 7});
        check({5, 4, 4, 7}, "with a sentence dropped");
        reorder({0, 3}, {});  // a beam of one again
        rows.write({6, 6});
        check({6, 6}, "narrowed");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(states_do_not_meet) {
  const Kernels scope("best");
  const NoGrad none;
  const auto model = make_model(recipe("lstm", R"("general")", 8), kWords, DType::f64);
  auto& generator = require<Generator>(*model, "Generator", "test");
  const auto a = generator.begin(batch_of({{{4, 5, 6}, {4}}})), b = generator.begin(batch_of({{{8}, {4}}}));
  const Rows first{{{}}, {0}}, second{{{}}, {1}};
  const Tensor of_a = generator.step(*a, row({kStart})), of_b = generator.step(*b, row({kStart}));
  first.check(of_a, *model, {{4, 5, 6}, {8}}, "first", 1e-12);
  second.check(of_b, *model, {{4, 5, 6}, {8}}, "second", 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()
