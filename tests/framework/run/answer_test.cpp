// Answerers: which there are for a model, examples from lines and objects, all examples in order whatever the chunk,
// and what is refused.
#include "strata/run/answer_run.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "framework/data/folder.hpp"
#include "framework/run/mirror.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/registry.hpp"
#include "throws.hpp"

using namespace strata;
using namespace strata::test;
using strata_test::Folder;

namespace {

// A capability that the framework does not know.
class Weigher {
 public:
  virtual ~Weigher() = default;
  virtual double weigh(const std::vector<float>& values) const = 0;
};

class Scales final : public Silent, public Weigher {
 public:
  double weigh(const std::vector<float>& values) const override {
    double sum = 0;
    for (const float one : values) sum += one;
    return sum;
  }
};

// Says the weight of the numbers of an example; a negative one cannot be weighed.
class Weigh final : public Answerer {
 public:
  explicit Weigh(const NoOptions&, const Facts& facts)
      : Answerer(nullptr), weigher_(require<Weigher>(*facts.model, "Weigher", facts.place)) {}
  std::vector<FieldInfo> fields() const override {
    return {{.name = "values", .kind = FieldKind::numbers, .shape = {2}},
            {.name = "unit", .kind = FieldKind::text, .one_line = true},
            {.name = "digit", .kind = FieldKind::ids, .classes = 10}};
  }
  std::int64_t chunk() const override { return 4; }
  void answer(std::span<const Example> examples, const Each& each) override {
    most = std::max(most, examples.size());
    for (const Example& one : examples) {
      const double weight = weigher_.weigh(one.fields[0].numbers) + one.fields[2].ids.at(0);
      if (weight < 0) throw Error("E_DATA_WEIGHT", "line " + std::to_string(one.index + 1), "below 0");
      const std::string text = write_json(Config(weight), 0) + " " + one.fields[1].text;
      each({{text, Config::object({{"weight", weight}})}});
    }
  }
  static inline std::size_t most = 0;

 private:
  Weigher& weigher_;
};

LoadedModel loaded(std::shared_ptr<Model> model) {
  register_answerers(default_registry());
  if (!default_registry().registered("answerer", "weigh")) {
    default_registry().add<Answerer, Weigh>("weigh", "of the tests",
                                            answers_with<Weigher>("Weigher", "weighs numbers"));
  }
  LoadedModel out;
  out.model = std::move(model);
  return out;
}

const std::vector<FieldInfo> kImage{{.name = "image", .kind = FieldKind::numbers, .shape = {2, 2}},
                                    {.name = "label", .kind = FieldKind::ids, .shape = {-1, 2}, .classes = 5}};

void refused(const std::string& line, const char* code, const char* says) {
  const Folder folder;
  folder.write("in.txt", line + "\n");
  const auto source = example_lines(folder.path("in.txt"), kImage);
  Example example;
  const std::string place = folder.path("in.txt") + ":1";
  check_throws([&] { (void)source->next(example); }, code, place, says);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answer)

BOOST_AUTO_TEST_CASE(a_capability_of_a_plugin_has_its_verb) {
  const LoadedModel scales = loaded(std::make_shared<Scales>());
  BOOST_TEST(answerers_of(*scales.model, default_registry()) == std::vector<std::string>{"weigh"},
             boost::test_tools::per_element());
  const std::vector<std::string> names = capabilities_of(*scales.model);
  BOOST_TEST((std::find(names.begin(), names.end(), "Weigher") != names.end()));
  check_throws([&] { (void)make_answerer(Config("classify"), scales, default_registry()); }, "E_MODEL_CAPABILITY",
               "classify", "`strata weigh` weighs numbers");
  const LoadedModel silent = loaded(std::make_shared<Silent>());
  check_throws([&] { (void)make_answerer(Config("weigh"), silent, default_registry()); }, "E_MODEL_CAPABILITY", "weigh",
               "the model is no Weigher");
  check_throws([&] { (void)make_answerer(Config("weight"), silent, default_registry()); }, "E_CONFIG_COMPONENT", "",
               "did you mean \"weigh\"?");
}

BOOST_AUTO_TEST_CASE(all_examples_are_answered_in_order_up_to_the_first_that_cannot_be) {
  const Folder folder;
  std::string lines;
  for (int i = 0; i < 10; ++i) {
    lines += R"({"unit": "kg", "digit": 1, "values": [)" + std::to_string(i) + R"(, 0.5]})" + "\n";
  }
  folder.write("fine.jsonl", lines);
  folder.write("below.jsonl", lines + R"({"unit": "kg", "digit": 0, "values": [-3, 0]})" + "\n" + lines);
  folder.write("broken.jsonl", lines + "{]\n" + lines);
  const LoadedModel scales = loaded(std::make_shared<Scales>());
  const auto weigh = make_answerer(Config("weigh"), scales, default_registry());
  for (const std::int64_t chunk : {1, 3, 4, 100}) {
    std::vector<std::string> said;
    const auto each = [&](const std::vector<Answer>& answers) { said.push_back(answers.at(0).text); };
    const auto all = [&](const char* file) {
      said.clear();
      return answer_all(*weigh, *example_lines(folder.path(file), weigh->fields()), chunk, each);
    };
    Weigh::most = 0;
    BOOST_TEST(all("fine.jsonl") == 10);
    BOOST_TEST(Weigh::most == static_cast<std::size_t>(std::min<std::int64_t>(chunk, 10)));
    BOOST_REQUIRE(said.size() == 10U);
    for (std::size_t i = 0; i < 10; ++i) {
      BOOST_TEST(said[i] == write_json(Config(static_cast<double>(i) + 1.5), 0) + " kg");
    }
    check_throws([&] { (void)all("below.jsonl"); }, "E_DATA_WEIGHT", folder.path("below.jsonl") + ":11", "below 0");
    BOOST_TEST(said.size() == 10U);
    check_throws([&] { (void)all("broken.jsonl"); }, "E_CONFIG_JSON", folder.path("broken.jsonl") + ":11:1:2", "");
    BOOST_TEST(said.size() == 10U);
  }
}

BOOST_AUTO_TEST_CASE(lines_become_examples) {
  const Folder folder;
  folder.write("plain.txt", "one two\n{\"text\": 1}\n");
  folder.write("texts.jsonl", R"({"text": "a\nb"})"
                              "\n");
  folder.write("images.txt", R"({"label": [[1, 2], [3, 4]], "image": [[1, 2.5], [3, -4]]})"
                             "\n");
  Example example;
  const auto plain = example_lines(folder.path("plain.txt"), {{"text"}});
  BOOST_TEST(plain->next(example));
  BOOST_TEST(example.fields.at(0).text == "one two");
  BOOST_TEST(plain->next(example));
  BOOST_TEST(example.fields.at(0).text == "{\"text\": 1}");
  BOOST_TEST(example.index == 1);
  BOOST_TEST(!plain->next(example));
  const auto texts = example_lines(folder.path("texts.jsonl"), {{"text"}});
  BOOST_TEST(texts->next(example));
  BOOST_TEST(example.fields.at(0).text == "a\nb");
  const auto images = example_lines(folder.path("images.txt"), kImage);
  BOOST_TEST(images->next(example));
  BOOST_TEST(example.fields.at(0).numbers == (std::vector<float>{1, 2.5, 3, -4}), boost::test_tools::per_element());
  BOOST_TEST(example.fields.at(1).ids == (std::vector<std::int32_t>{1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_examples_are_errors_of_one_line) {
  refused("[1]", "E_DATA_FIELD", "no JSON object (the fields are: image, label)");
  refused(R"({"image": [1, 2, 3, 4]})", "E_DATA_FIELD", "field \"label\": it is missing");
  refused(R"({"image": [1, 2, 3, 4], "label": [1, 2], "more": 1})", "E_DATA_FIELD", "field \"more\": there is no such");
  refused(R"({"image": [1, 2, 3], "label": [1, 2]})", "E_DATA_FIELD", "3 numbers, and it has 2 x 2");
  refused(R"({"image": [1, 2, 3, 4], "label": [1, 2, 3]})", "E_DATA_FIELD", "3 numbers, and it has any number x 2");
  refused(R"({"image": [1, 2, 3, "x"], "label": [1, 2]})", "E_DATA_FIELD", "no number");
  refused(R"({"image": [1, 2, 3, 4], "label": [1, 5]})", "E_DATA_FIELD", "an id is 5");
  refused(R"({"image": [1, 2, 3, 4], "label": [1, 1.5]})", "E_DATA_FIELD", "an id is 1.5");
}

BOOST_AUTO_TEST_SUITE_END()
