// The example digits: the reader of IDX files against bytes that this test writes, each bad input, the perceptron
// against its formula by loops in float64, gradients against differences, and the whole way: training, evaluation,
// resume.
#include <fstream>
#include <map>
#include <random>

#include "framework/data/folder.hpp"
#include "framework/ops/check.hpp"
#include "plugins/load.hpp"
#include "plugins/stages/seq2seq.hpp"
#include "strata/data/dataset.hpp"
#include "strata/run/train_run.hpp"

using namespace strata;
using strata::test::check_close;
using strata_test::check_error;
using strata_test::Folder;

namespace {

constexpr unsigned kSeed = 198;
constexpr std::size_t kHeight = 4, kWidth = 3, kPixels = kHeight * kWidth;

std::string number(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

// What the files are to hold.
struct Images {
  std::vector<std::uint8_t> pixels, labels;  // [N,H,W], [N]
  std::uint32_t count() const { return static_cast<std::uint32_t>(labels.size()); }
  std::string image_file() const {
    return number(0x803) + number(count()) + number(kHeight) + number(kWidth) +
           std::string(pixels.begin(), pixels.end());
  }
  std::string label_file() const { return number(0x801) + number(count()) + std::string(labels.begin(), labels.end()); }
};

// The label is the row in which the pixels are bright; the others are dim.
Images bars(std::uint32_t count, unsigned stream) {
  std::mt19937 random(kSeed + stream);
  Images images;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::uint8_t>(random() % kHeight);
    images.labels.push_back(label);
    for (std::size_t pixel = 0; pixel < kPixels; ++pixel) {
      const bool bright = pixel / kWidth == label;
      images.pixels.push_back(static_cast<std::uint8_t>(random() % 120 + (bright ? 136 : 0)));
    }
  }
  return images;
}

struct Task {
  Folder folder;
  Images train = bars(400, 0), test = bars(120, 1);
  Task() {
    BOOST_TEST_MESSAGE("seed " << kSeed);
    folder.write("train-images", train.image_file());
    folder.write("train-labels", train.label_file());
    folder.write("test-images", test.image_file());
    folder.write("test-labels", test.label_file());
  }
  std::string data(const std::string& more = R"(, "valid": 100)") const {
    std::string text = R"({"type": "idx", "height": 4, "width": 3, "classes": 4)" + more;
    for (const std::string name : {"train_images", "train_labels", "test_images", "test_labels"}) {
      std::string file = name;
      file[file.find('_')] = '-';
      text += ", \"" + name + "\": \"" + folder.path(file) + "\"";
    }
    return text + "}";
  }
};

std::vector<Example> read(const Dataset& dataset, const std::string& split) {
  std::vector<Example> all;
  const auto reader = dataset.open(split);
  for (Example one; reader->next(one);) all.push_back(one);
  Example after;
  BOOST_TEST(!reader->next(after));
  return all;
}

void check_split(const Dataset& dataset, const std::string& split, const Images& written, std::size_t begin,
                 std::size_t end) {
  const std::vector<Example> found = read(dataset, split);
  BOOST_REQUIRE_EQUAL(found.size(), end - begin);
  for (std::size_t i = 0; i < found.size(); ++i) {
    BOOST_REQUIRE_EQUAL(found[i].index, static_cast<std::int64_t>(i));
    BOOST_REQUIRE_EQUAL(found[i].fields.size(), 2U);
    BOOST_REQUIRE_EQUAL(found[i].fields[1].ids.size(), 1U);
    BOOST_REQUIRE_EQUAL(found[i].fields[1].ids[0], written.labels[begin + i]);
    const std::vector<float>& pixels = found[i].fields[0].numbers;
    BOOST_REQUIRE_EQUAL(pixels.size(), kPixels);
    for (std::size_t k = 0; k < kPixels; ++k) {
      BOOST_REQUIRE_EQUAL(pixels[k], static_cast<float>(written.pixels[(begin + i) * kPixels + k]) / 255.0F);
    }
  }
}

constexpr std::int64_t kClasses = 3;

std::shared_ptr<Model> make_mlp(const std::string& options) {
  const Sizes sizes{{"image", {1, 2, 3}}, {"label", {kClasses}}};
  auto model = strata_test::make<Model>(R"({"type": "mlp", "dropout": 0)" + options + "}", {sizes});
  model->materialise(kSeed, DType::f64);
  return model;
}

TensorBatch batch_of_five() {
  TensorBatch batch;
  batch.put("image", strata::test::random_tensor({5, 1, 2, 3}));
  batch.put("label", strata::test::ids({0, 2, 1, 1, 2}, {5}));
  return batch;
}

// Returns the logits of one image, by loops.
std::vector<double> by_hand(const Model& model, std::vector<double> x, std::size_t layers) {
  std::map<std::string, std::vector<double>> of;
  for (const NamedParameter& one : model.parameters()) of[one.name] = one.parameter.value().to_doubles();
  for (std::size_t layer = 0; layer <= layers; ++layer) {
    const std::string name = layer < layers ? "hidden" + std::to_string(layer + 1) : "output";
    std::vector<double> out = of.at(name + ".bias");
    for (std::size_t o = 0; o < out.size(); ++o) {
      for (std::size_t i = 0; i < x.size(); ++i) out[o] += of.at(name + ".weight")[o * x.size() + i] * x[i];
      if (layer < layers) out[o] = std::max(out[o], 0.0);
    }
    x = out;
  }
  return x;
}

// Options, and the number of hidden layers in them.
const std::pair<std::string, std::size_t> kModels[] = {
    {R"(, "hidden": [])", 0}, {R"(, "hidden": [7])", 1}, {R"(, "hidden": [7, 5])", 2}};

Config recipe_of(const Task& task, int updates) {
  return parse_json(R"({"seed": 3, "data": )" + task.data() + R"(,
    "model": {"type": "mlp", "hidden": [16], "dropout": 0.2}, "feed": {"type": "rows", "batch_size": 20},
    "train": {"type": "supervised", "max_updates": )" +
                        std::to_string(updates) + R"(, "validate_every": 30,
              "checkpoint_every": 10, "optimizer": {"type": "adam", "lr": 1e-2}, "metrics": ["loss", "accuracy"]}})",
                    "recipe.json");
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(digits)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  const Task task;
  const auto dataset = strata_test::make<Dataset>(task.data());
  const std::vector<FieldInfo> fields = dataset->fields();
  BOOST_REQUIRE_EQUAL(fields.size(), 2U);
  BOOST_TEST((fields[0].name == "image" && fields[0].kind == FieldKind::numbers));
  BOOST_TEST((fields[0].shape == std::vector<std::int64_t>{1, 4, 3}));
  BOOST_TEST((fields[1].name == "label" && fields[1].kind == FieldKind::ids && fields[1].classes == 4));
  BOOST_TEST((dataset->splits() == std::vector<std::string>{"train", "valid", "test"}));
  check_split(*dataset, "train", task.train, 0, 300);
  check_split(*dataset, "valid", task.train, 300, 400);
  check_split(*dataset, "test", task.test, 0, 120);
  BOOST_TEST((strata_test::make<Dataset>(task.data(""))->splits() == std::vector<std::string>{"train", "test"}));
  check_split(*strata_test::make<Dataset>(task.data("")), "train", task.train, 0, 400);
  // Packed files give the same, and the stamp sees that a file has changed.
  const std::string stamp = dataset->stamp("test");
  BOOST_TEST((!stamp.empty() && stamp == dataset->stamp("test") && stamp != dataset->stamp("train")));
  const std::string packed = task.folder.path("test-images");
  BOOST_REQUIRE(std::system(("gzip '" + packed + "' && mv '" + packed + ".gz' '" + packed + "'").c_str()) == 0);
  check_split(*dataset, "test", task.test, 0, 120);
  BOOST_TEST(stamp != dataset->stamp("test"));
}

BOOST_AUTO_TEST_CASE(bad_files_are_errors) {
  const Task task;
  const auto fails = [&](const std::string& file, const std::string& bytes, const std::string& code,
                         const std::string& item, const std::string& part) {
    const std::string before = bytes_of(task.folder.path(file)), path = task.folder.write(file, bytes);
    const auto dataset = strata_test::make<Dataset>(task.data());
    check_error([&] { (void)read(*dataset, "test"); }, code, path + item, part);
    task.folder.write(file, before);
  };
  const std::string images = task.test.image_file(), labels = task.test.label_file();
  fails("test-images", labels, "E_DATA_FORMAT", "", "magic number is 2049, that of images is 2051");
  fails("test-labels", images, "E_DATA_FORMAT", "", "magic number is 2051, that of labels is 2049");
  fails("test-images", images.substr(0, 10), "E_DATA_FORMAT", "", "within the header, after 10 bytes");
  fails("test-images", "", "E_DATA_FORMAT", "", "within the header, after 0 bytes");
  fails("test-images", images.substr(0, 16 + 7 * kPixels + 5), "E_DATA_FORMAT", ", image 8",
        "ends after 5 of the 12 bytes, and its header counts 120");
  fails("test-labels", labels.substr(0, 8 + 11), "E_DATA_FORMAT", ", label 12", "ends after 0 of the 1 bytes");
  fails("test-images", images + "x", "E_DATA_FORMAT", "", "goes on after the 120 images");
  fails("test-labels", labels + "x", "E_DATA_FORMAT", "", "goes on after the 120 labels");
  fails("test-labels", task.train.label_file(), "E_DATA_UNEQUAL", "", "400 labels of 120 images");
  std::string other = images;
  other.replace(8, 8, number(3) + number(4));
  fails("test-images", other, "E_DATA_SHAPE", "", "images are 3x4, declared are 4x3");
  other = labels;
  other[8 + 30] = 4;
  fails("test-labels", other, "E_DATA_LABEL", ", label 31", "label is 4, and the classes are 0 to 3");
  const std::string packed = task.folder.path("packed.gz");
  BOOST_REQUIRE(std::system(("gzip -c '" + task.folder.path("test-images") + "' > '" + packed + "'").c_str()) == 0);
  fails("test-images", bytes_of(packed).substr(0, 700), "E_IO_READ", "", "damaged");
}

BOOST_AUTO_TEST_CASE(bad_options_are_errors) {
  const Task task;
  const auto dataset = strata_test::make<Dataset>(task.data(R"(, "valid": 400)"));
  check_error([&] { (void)dataset->open("train"); }, "E_DATA_SPLIT", "[idx] valid", "400 images for validation");
  check_error([&] { (void)dataset->open("other"); }, "E_DATA_SPLIT", "[idx] split other", "known: train, valid, test");
  const std::string some = R"({"type": "idx", "train_images": "a", "train_labels": "b", )";
  check_error([&] { (void)strata_test::make<Dataset>(some + R"("test_images": "c"})"); }, "E_DATA_SPLIT",
              "[idx] split test", "only images");
  check_error([&] { (void)strata_test::make<Dataset>(some + R"("test_images": "$NOT_SET/c", "test_labels": "d"})"); },
              "E_CONFIG_ENVIRONMENT", "[idx]", "NOT_SET");
  check_error([&] { (void)strata_test::make<Dataset>(some + R"("valid": 0})")->open("train"); }, "E_DATA_MISSING", "a",
              "no such file");
}

BOOST_AUTO_TEST_CASE(loss_equals_the_formula) {
  for (const auto& [options, layers] : kModels) {
    const auto model = make_mlp(options);
    const TensorBatch batch = batch_of_five();
    const std::vector<double> pixels = batch["image"].to_doubles(), labels = batch["label"].to_doubles();
    double loss = 0, correct = 0;
    for (std::size_t b = 0; b < 5; ++b) {
      const auto at = pixels.begin() + static_cast<std::ptrdiff_t>(6 * b);
      const std::vector<double> row = by_hand(*model, {at, at + 6}, layers);
      double total = 0;
      for (const double logit : row) total += std::exp(logit);
      const auto label = static_cast<std::ptrdiff_t>(labels[b]);
      loss += std::log(total) - row[static_cast<std::size_t>(label)];
      correct += std::max_element(row.begin(), row.end()) == row.begin() + label ? 1 : 0;
    }
    const Loss got = model->loss(batch, {});
    BOOST_REQUIRE_EQUAL(got.parts.size(), 2U);
    BOOST_TEST((got.parts[0].name == "loss" && got.parts[1].name == "correct"));
    check_close({got.sum.item(), got.parts[0].sum.item(), got.parts[1].sum.item()}, {loss, loss, correct}, 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(gradients) {
  const strata_test::Kernels scope("plain");
  for (const auto& [options, layers] : kModels) {
    const auto model = make_mlp(options);
    const std::vector<NamedParameter> parameters = model->parameters();
    BOOST_TEST(parameters.size() == 2 * (layers + 1));
    Tensors leaves;
    for (const NamedParameter& one : parameters) leaves.push_back(one.parameter.value());
    const TensorBatch batch = batch_of_five();
    strata::test::check_gradients(
        [&](std::span<const Tensor> values) {
          for (std::size_t i = 0; i < values.size(); ++i) parameters[i].parameter.state().value = values[i];
          return Tensors{model->loss(batch, {.label_smoothing = 0.1}).sum};
        },
        leaves);
  }
}

BOOST_AUTO_TEST_CASE(from_training_to_accuracy_with_a_stop_between) {
  const Task task;
  const Host host{strata_test::plugins(), nullptr};
  const auto train = [&](const std::string& run, int updates) {
    TrainRunOptions options;
    options.output = task.folder.path(run);
    return train_run(recipe_of(task, updates), options, host);
  };
  train("whole", 120);
  EvaluateOptions evaluate;
  evaluate.metrics = {"accuracy"};
  const double accuracy = evaluate_run(task.folder.path("whole"), evaluate, host).at(0).value;
  BOOST_TEST_MESSAGE("accuracy " << accuracy << " on " << task.test.count() << " images");
  BOOST_TEST(accuracy >= 95);
  train("stopped", 50);
  BOOST_TEST(train("stopped", 120).update == 120);
  const std::string weights = "/latest/model.safetensors";
  BOOST_TEST((bytes_of(task.folder.path("stopped") + weights) == bytes_of(task.folder.path("whole") + weights)));
}

BOOST_AUTO_TEST_SUITE_END()
