// The decoder-only model by its options: gradients, documents side by side, rows of different lengths, what is refused.
#include <boost/test/unit_test.hpp>

#include "plugins/load.hpp"
#include "strata/autograd/backward.hpp"
#include "strata/core/rng.hpp"
#include "strata/decode/search.hpp"
#include "strata/model/model.hpp"
#include "strata/ops/shape.hpp"
#include "strata/tensor/context.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata_test;

namespace {

constexpr std::int64_t kWords = 11;

Sizes words() {
  Sizes sizes;
  sizes.put("tokens", {kWords});
  return sizes;
}

std::shared_ptr<Model> model_of(const std::string& options, DType dtype = DType::f32) {
  auto model = make<Model>(
      R"({"width": 8, "layers": 2, "heads": 2, "context": 24, "hidden": 12, "dropout": 0, "deviation": 0.3, )" +
          options + "}",
      {words()});
  model->materialise(3, dtype);
  return model;
}

// Every kind of part: presets, heads of keys, widths of heads, norms of queries and keys, windows.
const char* const kForms[] = {
    R"("type": "gpt")",
    R"("type": "llama", "kv_heads": 1)",
    R"("type": "llama", "head_width": 6, "qk_norm": "rms_norm", "tie": true)",
    R"("type": "qwen2", "positions": {"type": "rotary", "scaling": "yarn", "factor": 2, "original_length": 8})",
    R"("type": "mistral", "window": 3)",
    R"("type": "neox", "positions": {"type": "rotary", "fraction": 0.5}, "activation": "silu")",
    R"("type": "bloom")",
    R"("type": "gpt", "positions": "relative_bias", "activation": "gelu", "bias": "qkv")",
};

Tensor ids_of(const std::vector<std::int64_t>& ids, std::int64_t rows) {
  return Tensor::from(ids, {rows, static_cast<std::int64_t>(ids.size()) / rows});
}

TensorBatch batch_of(const Tensor& tokens, const Tensor& targets) {
  TensorBatch batch;
  batch.put("tokens", tokens);
  batch.put("targets", targets);
  return batch;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gpt)

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences) {
  for (const char* form : kForms) {
    const auto model = model_of(form, DType::f64);
    const TensorBatch batch =
        batch_of(ids_of({1, 5, 9, 5, 2, 10, 3, 3, 7, 1}, 2), ids_of({5, 9, 5, 0, -1, 3, 3, 7, 1, 4}, 2));
    const std::vector<NamedParameter> parameters = model->parameters();
    Tensors leaves;
    for (const NamedParameter& one : parameters) leaves.push_back(one.parameter.value());
    const GradcheckReport report = gradcheck(
        [&](std::span<const Tensor> values) {
          for (std::size_t i = 0; i < values.size(); ++i) parameters[i].parameter.state().value = values[i];
          return Tensors{model->loss(batch, {}).sum};
        },
        leaves);
    BOOST_TEST(report.passed, form << ": " << report.message);
  }
}

// Three documents side by side: the loss of each is that of the document alone.
BOOST_AUTO_TEST_CASE(documents_side_by_side_do_not_see_each_other) {
  Rng random(7, "test/documents");
  const std::vector<std::int64_t> lengths{5, 1, 8};
  for (const char* form : kForms) {
    const auto model = model_of(form);
    std::vector<std::int64_t> tokens, targets, segments, positions;
    double alone = 0;
    for (std::size_t number = 0; number < lengths.size(); ++number) {
      std::vector<std::int64_t> own, next;
      for (std::int64_t t = 0; t < lengths[number]; ++t) {
        own.push_back(static_cast<std::int64_t>(random.below(kWords)));
        next.push_back(static_cast<std::int64_t>(random.below(kWords)));
        segments.push_back(static_cast<std::int64_t>(number));
        positions.push_back(t);
      }
      alone += model->loss(batch_of(ids_of(own, 1), ids_of(next, 1)), {}).sum.item();
      tokens.insert(tokens.end(), own.begin(), own.end());
      targets.insert(targets.end(), next.begin(), next.end());
    }
    TensorBatch together = batch_of(ids_of(tokens, 1), ids_of(targets, 1));
    const double joined = model->loss(together, {}).sum.item();
    together.put("segments", ids_of(segments, 1));
    together.put("positions", ids_of(positions, 1));
    BOOST_TEST(model->loss(together, {}).sum.item() == alone, boost::test_tools::tolerance(1e-5));
    BOOST_TEST(std::abs(joined - alone) > 1e-4, form << ": without segments the documents see each other");
  }
}

// Prompts of different lengths written in one batch: the same tokens as alone, by steps that are replayed as well.
BOOST_AUTO_TEST_CASE(texts_do_not_depend_on_the_other_prompts) {
  const NoGrad none;
  DecodeOptions options;
  options.beam_size = 1;
  options.max_length_ratio = 0;
  options.max_length = 10;
  options.specials = {};
  for (const char* form : kForms) {
    const auto model = model_of(form);
    auto& generator = require<Generator>(*model, "Generator", "test");
    const std::vector<std::vector<std::int64_t>> prompts{{1, 2, 3, 4, 5, 6}, {7}, {9, 8, 7, 2}};
    std::vector<std::int64_t> padded, lengths;
    for (const auto& prompt : prompts) {
      for (std::size_t t = 0; t < 6; ++t) padded.push_back(t < prompt.size() ? prompt[t] : 0);
      lengths.push_back(static_cast<std::int64_t>(prompt.size()));
    }
    TensorBatch all;
    all.put("tokens", ids_of(padded, 3));
    all.put("tokens_lengths", Tensor::from(lengths, {3}));
    const auto together = decode(generator, all, options);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      TensorBatch one;
      one.put("tokens", ids_of(prompts[i], 1));
      one.put("tokens_lengths", Tensor::from(std::vector<std::int64_t>{lengths[i]}, {1}));
      const auto alone = decode(generator, one, options);
      BOOST_TEST((together[i][0].ids == alone[0][0].ids), form << ", prompt " << i);
    }
  }
}

BOOST_AUTO_TEST_CASE(positions_that_nothing_would_call_are_refused) {
  const auto code_of = [](const std::string& options) { return test::thrown([&] { (void)model_of(options); }).code(); };
  const auto with = [](const char* positions, const char* attention) {
    return R"("type": "gpt", "positions": ")" + std::string(positions) + R"(", "attention": ")" + attention + "\"";
  };
  BOOST_TEST(code_of(with("alibi", "local_window")) == "E_MODEL_POSITIONS");
  BOOST_CHECK_NO_THROW((void)model_of(with("rotary", "local_window")));
  BOOST_TEST(code_of(with("learned", "linear")) == "E_MODEL_ATTENTION");
  BOOST_TEST(code_of(R"("type": "gpt", "attention": {"type": "sdpa", "heads": 4})") == "E_CONFIG_GPT");
  BOOST_TEST(code_of(R"("type": "gpt", "kv_heads": 2, "attention": "additive")") == "E_CONFIG_GPT");
}

BOOST_AUTO_TEST_CASE(positions_that_need_heads_are_refused_where_no_model_tells_them) {
  Sizes sizes;
  sizes.put("source", {9});
  sizes.put("target", {9});
  const auto build = [&] { (void)make<Model>(R"({"type": "transformer", "positions": "rotary"})", {sizes}); };
  BOOST_TEST(test::thrown(build).code() == "E_CONFIG_POSITIONS");
}

// A completed recipe, as a checkpoint has it, names every default of every part: the model stays the same.
BOOST_AUTO_TEST_CASE(completed_recipes_give_the_same_parameters) {
  for (const char* form : kForms) {
    const Config spec =
        parse_json(R"({"width": 8, "layers": 1, "heads": 2, "context": 24, )" + std::string(form) + "}", "a");
    const auto model = plugins().make<Model>(spec, {words()});
    const auto again = plugins().make<Model>(plugins().complete("model", spec), {words()});
    const auto a = model->saved(), b = again->saved();
    BOOST_REQUIRE_MESSAGE(a.size() == b.size(), form);
    for (std::size_t i = 0; i < a.size(); ++i) {
      BOOST_TEST(a[i].name == b[i].name, form);
      BOOST_TEST((a[i].parameter.shape() == b[i].parameter.shape()), form << " " << a[i].name);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
