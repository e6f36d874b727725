// The loss of a Classifier against its formula in float64: classes without the specials, smoothing, unknown labels.
#include "strata/model/classification.hpp"
#include "framework/ops/check.hpp"
#include "strata/data/corpus.hpp"
#include "strata/ops/elementwise.hpp"
#include "strata/text/vocabulary.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;

namespace {

using Ids = std::vector<std::int32_t>;
constexpr std::int64_t kClasses = 5, kVocabulary = kSpecials + kClasses;

TensorBatch batch_of(const std::vector<Ids>& targets) {
  const Ids source{4};
  std::vector<EncodedPair> pairs;
  for (const Ids& target : targets) pairs.push_back({source, target, 0});
  return to_tensors(make_pair_batch(pairs));
}

double part_of(const Loss& loss, const std::string& name) {
  for (const LossPart& part : loss.parts) {
    if (part.name == name) return part.sum.item();
  }
  BOOST_ERROR("no part " << name);
  return 0;
}

// -log p of the label among the classes; smoothing gives every class its share.
double cross_entropy(const double* row, std::int64_t label, double smoothing) {
  double total = 0, loss = 0;
  for (std::int64_t c = kSpecials; c < kVocabulary; ++c) total += std::exp(row[c]);
  for (std::int64_t c = kSpecials; c < kVocabulary; ++c) {
    const double mass = (c == label ? 1 - smoothing : 0) + smoothing / static_cast<double>(kClasses);
    loss -= mass * (row[c] - std::log(total));
  }
  return loss;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classification)

BOOST_AUTO_TEST_CASE(the_loss_is_over_the_classes_alone) {
  const std::vector<Ids> targets = {{4}, {8}, {kUnk}, {6}, {5}, {8}};
  const auto rows = static_cast<std::int64_t>(targets.size());
  std::vector<double> logits = random_values({rows, kVocabulary}, 71);
  for (std::int64_t b = 0; b < rows; ++b) {  // specials that would win, were they classes
    for (std::int64_t c = 0; c < kSpecials; ++c) logits[static_cast<std::size_t>(b * kVocabulary + c)] += 9;
  }
  double expected = 0, smoothed = 0, correct = 0;
  for (std::size_t b = 0; b < targets.size(); ++b) {
    const std::int64_t label = targets[b][0];
    if (label == kUnk) continue;
    const double* row = logits.data() + static_cast<std::int64_t>(b) * kVocabulary;
    expected += cross_entropy(row, label, 0);
    smoothed += cross_entropy(row, label, 0.2);
    correct += std::max_element(row + kSpecials, row + kVocabulary) == row + label ? 1 : 0;
  }
  const TensorBatch batch = batch_of(targets);
  const Tensor x = Tensor::from(logits, {rows, kVocabulary}).require_grad();
  const Loss plain = classification_loss(x, batch, {}),
             smooth = classification_loss(x, batch, {.label_smoothing = 0.2});
  check_close({plain.sum.item(), part_of(plain, "loss"), part_of(plain, "correct")}, {expected, expected, correct},
              1e-6);
  check_close({smooth.sum.item(), part_of(smooth, "loss")}, {smoothed, expected}, 1e-6);
  check_gradients([&](std::span<const Tensor> in) { return Tensors{classification_loss(in[0], batch, {0.2}).sum}; },
                  {x});

  const ContextScope scope;
  context().training = true;
  BOOST_TEST(classification_loss(x, batch, {}).parts.size() == 1);  // training pays for no argmax
}

BOOST_AUTO_TEST_CASE(bf16_logits_are_widened) {
  const Tensor x = cast(random_tensor({3, kVocabulary}, 72), DType::bf16);
  const Loss loss = classification_loss(x, batch_of({{4}, {5}, {7}}), {});
  BOOST_TEST((class_logits(x).dtype() == DType::f32));
  BOOST_TEST((loss.sum.dtype() == DType::f32));
  const std::vector<double> rows = x.to_doubles();
  double expected = 0;
  for (std::int64_t b = 0; b < 3; ++b) expected += cross_entropy(rows.data() + b * kVocabulary, b == 2 ? 7 : 4 + b, 0);
  check_close({loss.sum.item()}, {expected}, 1e-6);
}

BOOST_AUTO_TEST_CASE(labels_of_several_tokens_and_none_are_refused) {
  const Tensor x = random_tensor({2, kVocabulary});
  check_throws(
      [&] {
        classification_loss(x, batch_of({{4}, {5, 6, 7}}), {});
      },
      "E_DATA_LABEL", "[classification]", "a target of 3 tokens");
  check_throws([&] { class_logits(random_tensor({2, kSpecials})); }, "E_DATA_LABEL", "[classification]", "no label");
}

BOOST_AUTO_TEST_SUITE_END()
