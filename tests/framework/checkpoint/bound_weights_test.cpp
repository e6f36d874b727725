// BoundWeights and write_field_weights: rules compared with what torch made of the same tensors
// (tests/golden/weights/make.py).
#include "strata/checkpoint/bound_weights.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

#include "framework/data/folder.hpp"
#include "strata/core/file.hpp"
#include "throws.hpp"

using namespace strata;
using strata_test::Folder;
using test::check_throws;

namespace {

const std::string kGolden = std::string(STRATA_SOURCE_DIR) + "/tests/golden/weights/";

// A model with parameters of these names and shapes, whose initial values are 7.
class Declared final : public Layer {
 public:
  explicit Declared(const std::vector<std::pair<std::string, Shape>>& parameters) {
    for (const auto& [name, shape] : parameters) parameter(name, shape, {Init::Kind::constant, 7});
  }
};

std::vector<std::pair<std::string, Shape>> shapes_of(const Weights& weights) {
  std::vector<std::pair<std::string, Shape>> shapes;
  for (const Weights::Entry& entry : weights.entries()) shapes.emplace_back(entry.name, entry.shape);
  return shapes;
}

std::vector<double> read(const Weights& weights, const std::string& name) {
  const Weights::Entry& entry = *weights.find(name);
  std::vector<double> all(static_cast<std::size_t>(entry.shape.numel()));
  weights.read(entry, 0, entry.shape.numel(), all.data(), DType::f64);
  return all;
}

// The forms that make.py has: heads 3 of width 4, model width 12.
std::vector<NameRule> rules() {
  const std::string ours = "layers.{}.";
  std::vector<NameRule> all;
  all.push_back({.theirs = "h.{}.c_attn.weight",
                 .ours = {ours + "query.weight", ours + "key.weight", ours + "value.weight"},
                 .transpose = true});
  all.push_back({.theirs = "h.{}.query_key_value.weight",
                 .ours = {ours + "q.weight", ours + "k.weight", ours + "v.weight"},
                 .rows = permuted_rows({3, 3, 4}, {1, 0, 2})});
  all.push_back({.theirs = "h.{}.wq.weight", .ours = {ours + "wq.weight"}, .rows = rotary_rows(3, 4, 4)});
  all.push_back({.theirs = "h.{}.partial.bias", .ours = {ours + "partial.bias"}, .rows = rotary_rows(2, 6, 4)});
  all.push_back({.theirs = "h.{}.qkv.weight", .ours = {ours + "uq.weight", ours + "uk.weight", ours + "uv.weight"}});
  all.push_back({.theirs = "h.{}.attn.bias", .ours = {}});
  all.push_back({.theirs = "wte.weight", .ours = {"embedding.weight"}, .padded = true});
  return all;
}

std::shared_ptr<const Weights> file(const std::string& path) { return std::make_shared<const Weights>(path); }

std::string written(const Folder& folder, const std::vector<NamedTensor>& tensors) {
  write_safetensors(folder.path("x.safetensors"), tensors);
  return folder.path("x.safetensors");
}

// All of a model's parameters that `bound` gives, by name.
std::vector<double> filled(Layer& model, BoundWeights& bound, const std::string& name) {
  model.materialise(1, DType::f64, &bound);
  return model.parameters(name).front().parameter.value().to_doubles();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bound_weights)

BOOST_AUTO_TEST_CASE(every_form_is_read_as_torch_reads_it) {
  const Weights expected(kGolden + "ours.safetensors");
  Declared model(shapes_of(expected));
  BoundWeights bound(file(kGolden + "theirs.safetensors"), model.saved(), {.rules = rules()});
  model.materialise(1, DType::f32, &bound);
  for (const NamedParameter& one : model.saved()) {
    BOOST_TEST_CONTEXT(one.name) {
      BOOST_TEST(one.parameter.value().to_doubles() == read(expected, one.name), boost::test_tools::per_element());
    }
  }
  BOOST_TEST(bound.report().taken.size() == expected.entries().size());
  BOOST_TEST(bound.report().ignored == 2);
  BOOST_TEST(bound.report().padded_rows == 3);
}

BOOST_AUTO_TEST_CASE(writing_is_the_reverse_of_reading) {
  const Folder folder;
  const Weights expected(kGolden + "theirs.safetensors");
  Declared model(shapes_of(Weights(kGolden + "ours.safetensors")));
  BoundWeights bound(file(kGolden + "theirs.safetensors"), model.saved(), {.rules = rules()});
  model.materialise(1, DType::f32, &bound);
  write_field_weights(folder.path("out.safetensors"), rules(), model.saved());
  const Weights out(folder.path("out.safetensors"));
  std::size_t compared = 0;
  for (const Weights::Entry& entry : expected.entries()) {
    if (entry.name.find("attn.bias") != std::string::npos) continue;  // a mask, which is no parameter
    BOOST_TEST_CONTEXT(entry.name) {
      BOOST_REQUIRE(out.find(entry.name) != nullptr);
      std::vector<double> theirs = read(expected, entry.name);
      if (entry.name == "wte.weight") theirs.resize(13 * 12);  // the padded rows are gone
      BOOST_TEST(read(out, entry.name) == theirs, boost::test_tools::per_element());
    }
    ++compared;
  }
  BOOST_TEST(compared == out.entries().size());
  std::vector<NameRule> fewer = rules();
  fewer.pop_back();
  check_throws([&] { write_field_weights(folder.path("y"), fewer, model.saved()); }, "E_CHECKPOINT_PARAMETERS",
               folder.path("y"), "has no place for 1 parameters (embedding.weight)");
}

BOOST_AUTO_TEST_CASE(names_without_their_first_word_are_found) {
  const Folder folder;
  Declared model({{"a", {2}}, {"b", {1}}});
  const std::string path = written(folder, {{"x.weight", Tensor::from(std::vector<float>{1, 2}, {2})},
                                            {"y.weight", Tensor::from(std::vector<float>{3}, {1})}});
  const std::vector<NameRule> rules{{.theirs = "model.x.weight", .ours = {"a"}},
                                    {.theirs = "model.y.weight", .ours = {"b"}}};
  BoundWeights bound(file(path), model.saved(), {.rules = rules});
  BOOST_TEST((filled(model, bound, "a") == std::vector<double>{1, 2}));
}

BOOST_AUTO_TEST_CASE(shapes_and_names_are_compared_before_values_are_read) {
  const Folder folder;
  const std::string path = written(folder, {{"a", Tensor::zeros({2, 3})}, {"c", Tensor::zeros({1})}});
  Declared other({{"a", {3, 2}}, {"c", {1}}});
  check_throws([&] { BoundWeights bound(file(path), other.saved()); }, "E_CHECKPOINT_SHAPE", path,
               "a is [2,3], a of the model is [3,2]");
  Declared more({{"a", {2, 3}}, {"b", {1}}, {"d", {1}}});
  check_throws([&] { BoundWeights bound(file(path), more.saved()); }, "E_CHECKPOINT_PARAMETERS", path,
               "lacks 2 of 3 parameters (b, d); has 1 tensors that are no parameters of the model (c)");
  const std::vector<NameRule> padded{{.theirs = "a", .ours = {"a"}, .padded = true}, {.theirs = "c", .ours = {"c"}}};
  Declared longer({{"a", {4, 3}}, {"c", {1}}});
  check_throws([&] { BoundWeights bound(file(path), longer.saved(), {.rules = padded}); }, "E_CHECKPOINT_SHAPE", path,
               "a has 2 rows, and the vocabulary has 4 tokens");
}

BOOST_AUTO_TEST_CASE(nan_is_refused_with_its_number) {
  const Folder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string path = written(folder, {{"a", Tensor::from(std::vector<float>{1, nan, 2, nan}, {4})}});
  Declared model({{"a", {4}}});
  BoundWeights bound(file(path), model.saved());
  check_throws([&] { model.materialise(1, DType::f32, &bound); }, "E_CHECKPOINT_NAN", path,
               "a has 2 of 4 values that are NaN");
}

BOOST_AUTO_TEST_CASE(a_part_is_taken_under_another_prefix_and_the_rest_is_drawn) {
  const Folder folder;
  const std::string path = written(folder, {{"lm.body.w", Tensor::from(std::vector<float>{1, 2}, {2})},
                                            {"lm.body2.w", Tensor::zeros({2})},
                                            {"head.w", Tensor::zeros({2})}});
  Declared model({{"body.w", {2}}, {"body.new", {1}}, {"head.w", {2}}});
  BindOptions options{.from = "lm.body", .into = "body", .draw_missing = true, .leave_unknown = true};
  BoundWeights bound(file(path), model.saved(), options);
  BOOST_TEST((bound.report().taken == std::vector<std::string>{"body.w"}));
  BOOST_TEST((bound.report().drawn == std::vector<std::string>{"body.new"}));
  BOOST_TEST((bound.report().left == std::vector<std::string>{"head.w", "lm.body2.w"}));
  BOOST_TEST((filled(model, bound, "body.w") == std::vector<double>{1, 2}));
  BOOST_TEST((model.parameters("body.new").front().parameter.value().to_doubles() == std::vector<double>{7}));
  BOOST_TEST((model.parameters("head.w").front().parameter.value().to_doubles() == std::vector<double>{7, 7}));
  options.draw_missing = false;
  check_throws([&] { BoundWeights strict(file(path), model.saved(), options); }, "E_CHECKPOINT_PARAMETERS", path,
               "lacks 1 of 2 parameters (body.new)");
}

BOOST_AUTO_TEST_CASE(rows_are_matched_and_new_ones_are_the_mean_or_drawn) {
  const Folder folder;
  const std::string path = written(folder, {{"e", Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2})}});
  Declared model({{"e", {4, 2}}}), drawn({{"e", {4, 2}}});
  RowMatch match{.source_rows = 3, .from = {2, -1, 0, 2}};
  BoundWeights mean(file(path), model.saved(), {.rows = {{"e", match}}});
  const std::vector<double> found = filled(model, mean, "e");
  const std::vector<double> expected{5, 6, 11.0 / 3, 14.0 / 3, 1, 2, 5, 6};
  for (std::size_t i = 0; i < expected.size(); ++i)
    BOOST_TEST(found[i] == expected[i], boost::test_tools::tolerance(1e-12));
  match.mean = false;
  BoundWeights draws(file(path), drawn.saved(), {.rows = {{"e", match}}});
  BOOST_TEST((filled(drawn, draws, "e") == std::vector<double>{5, 6, 7, 7, 1, 2, 5, 6}));
}

BOOST_AUTO_TEST_CASE(rotated_rows_must_be_pairs) {
  BOOST_CHECK_THROW((void)rotary_rows(2, 4, 3), Error);
  BOOST_CHECK_THROW((void)permuted_rows({2, 3}, {0, 0}), Error);
}

BOOST_AUTO_TEST_SUITE_END()
