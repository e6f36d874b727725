// The groups that a trainer makes: by prefix, by level of the model, by kind.
#include "train/parameter_groups.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>

#include "strata/core/error.hpp"
#include "strata/nn/layers.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::detail;
using strata::test::check_throws;

namespace {

class Level final : public Layer {
 public:
  Level() : linear_(2, 2) {
    child("linear", linear_);
    (void)parameter("norm", {2}, Init::ones());
  }

 private:
  Linear linear_;
};

class Tower final : public Model {
 public:
  explicit Tower(std::vector<std::string> levels = {}) : levels_(std::move(levels)), table_(4, 2, 1.0), dropout_(0.1) {
    child("table", table_);
    child("dropout", dropout_);  // has no parameters, so it is no level
    child("first", first_);
    child("second", second_);
    top_ = parameter("top", {2, 2}, Init::ones());
  }
  Loss loss(const TensorBatch&, const LossOptions&) override { return {}; }
  std::vector<std::string> depth() const override { return levels_.empty() ? Model::depth() : levels_; }

 private:
  std::vector<std::string> levels_;
  Embedding table_;
  Dropout dropout_;
  Level first_, second_;
  Parameter top_;
};

// Rate and decay of each parameter; each is in one group.
std::map<std::string, std::pair<double, double>> made(const Model& model, const PhaseOptions& options) {
  std::map<std::string, std::pair<double, double>> out;
  for (const ParameterGroup& group : make_groups(ParameterTree(model), {.options = options})) {
    for (const NamedParameter& one : group.parameters) {
      BOOST_TEST(out.try_emplace(one.name, group.rate, group.decay).second, one.name);
    }
  }
  return out;
}

using Both = std::pair<double, double>;

}  // namespace

BOOST_AUTO_TEST_SUITE(parameter_groups)

BOOST_AUTO_TEST_CASE(by_default_all_are_one_group_in_their_order) {
  const Tower tower;
  const std::vector<ParameterGroup> groups = make_groups(ParameterTree(tower), {});
  BOOST_REQUIRE(groups.size() == 1U);
  BOOST_TEST(groups[0].rate == 1.0);
  BOOST_TEST(groups[0].decay == 1.0);
  const std::vector<NamedParameter> all = tower.parameters();
  BOOST_REQUIRE(groups[0].parameters.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) BOOST_TEST(groups[0].parameters[i].name == all[i].name);
}

BOOST_AUTO_TEST_CASE(the_longest_prefix_goes_first) {
  const Tower tower;
  for (const bool turned : {false, true}) {
    PhaseOptions options{.groups = {{"first", 0.5, 1}, {"first.linear", 0.25, 3}, {"", 2, 0}}};
    if (turned) std::swap(options.groups[0], options.groups[2]);
    const auto got = made(tower, options);
    BOOST_TEST((got.at("first.norm") == Both(0.5, 1)));
    BOOST_TEST((got.at("first.linear.weight") == Both(0.25, 3)));
    BOOST_TEST((got.at("second.linear.weight") == Both(2, 0)));
    BOOST_TEST((got.at("top") == Both(2, 0)));
    BOOST_TEST(got.size() == tower.parameters().size());
  }
}

BOOST_AUTO_TEST_CASE(rates_decay_from_the_top_down) {
  const double q = 1 / 2.6;
  const auto got = made(Tower(), {.groups = {{"second.norm", 10, 1}}, .rate_decay = q});
  BOOST_TEST(Tower().depth() == (std::vector<std::string>{"table", "first", "second"}),
             boost::test_tools::per_element());
  const auto near = [&](const char* name, double rate) {
    BOOST_TEST(std::abs(got.at(name).first - rate) < 1e-15, name);
  };
  near("top", 1);
  near("second.linear.weight", 1);
  near("second.norm", 10);
  near("first.linear.bias", q);
  near("first.norm", q);
  near("table.weight", q * q);
  const auto other = made(Tower({"second", "second.linear", "first"}), {.rate_decay = 0.5});
  BOOST_TEST(other.at("first.norm").first == 1.0);
  BOOST_TEST(other.at("table.weight").first == 1.0);  // within no level
  BOOST_TEST(other.at("second.linear.bias").first == 0.5);
  BOOST_TEST(other.at("second.norm").first == 0.25);
  check_throws(
      [] {
        made(Tower({"table", "third"}), {.rate_decay = 0.5});
      },
      "E_MODEL_PARAMETER", "depth() of the model", "\"third\": no parameter");
}

BOOST_AUTO_TEST_CASE(norms_biases_and_embeddings_are_exempt_from_decay_where_asked) {
  const auto got = made(Tower(), {.groups = {{"first", 1, 2}}, .decay_exempt = true});
  for (const auto& [name, both] : got) {
    const bool weight = name.find("linear.weight") != std::string::npos || name == "top";
    BOOST_TEST(both.second == (!weight ? 0.0 : name.rfind("first", 0) == 0 ? 2.0 : 1.0), name);
  }
}

BOOST_AUTO_TEST_CASE(frozen_parameters_are_in_no_group) {
  Tower tower;
  freeze(ParameterTree(tower), {"first", "table"});
  const auto got = made(tower, {.rate_decay = 0.5});
  BOOST_TEST(got.size() == 4U);
  BOOST_TEST(got.count("first.norm") == 0U);
  BOOST_TEST((got.at("second.norm") == Both(1, 1)));
  check_throws([&] { freeze(ParameterTree(tower), {"second.linaer"}); }, "E_MODEL_PARAMETER", "train.freeze",
               "did you mean \"second.linear\"? names begin with: second.linear, second.norm");
}

BOOST_AUTO_TEST_SUITE_END()
