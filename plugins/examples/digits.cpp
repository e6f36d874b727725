// Data of a new shape in one file: images that a multilayer perceptron labels (Rumelhart, Hinton and Williams, 1986,
// "Learning representations by back-propagating errors"). The dataset `idx` reads the files of MNIST (LeCun et al.,
// 1998, "Gradient-based learning applied to document recognition"); batches of its fields come from the feed "rows".
// Legend: B batch, H height, W width, C width of a hidden layer, V classes.
#include <strata/core/config.hpp>
#include <strata/data/byte_reader.hpp>
#include <strata/data/dataset.hpp>
#include <strata/model/model.hpp>
#include <strata/model/sequence_loss.hpp>
#include <strata/nn/layers.hpp>
#include <strata/ops/elementwise.hpp>
#include <strata/ops/shape.hpp>
#include <strata/plugin.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace {
using namespace strata;

// One IDX file of bytes: 0, 0, 8 (bytes), the number of extents, each extent in four bytes, the highest first, then the
// values. The first extent counts the items.
class IdxFile {
 public:
  // Reads and checks the header. `extents` are those of an item: {H, W} of an image, none of a label.
  IdxFile(const std::string& path, std::string item, const std::vector<std::int64_t>& extents)
      : reader_(path), path_(path), item_(std::move(item)) {
    const std::int64_t magic = number(), wanted = 0x801 + static_cast<std::int64_t>(extents.size());
    if (magic != wanted) {
      throw Error(
          "E_DATA_FORMAT", path_,
          "the magic number is " + std::to_string(magic) + ", that of " + item_ + "s is " + std::to_string(wanted),
          "are the files of images and labels exchanged?");
    }
    count_ = number();
    std::string found, declared;
    std::size_t size = 1;
    for (const std::int64_t extent : extents) {
      found += (found.empty() ? "" : "x") + std::to_string(number());
      declared += (declared.empty() ? "" : "x") + std::to_string(extent);
      size *= static_cast<std::size_t>(extent);
    }
    if (found != declared) {
      throw Error("E_DATA_SHAPE", path_, "images are " + found + ", declared are " + declared,
                  "options height and width");
    }
    bytes_.resize(size);
  }

  std::int64_t count() const { return count_; }
  // The place of the item that was read last, from 1.
  std::string place() const { return path_ + ", " + item_ + " " + std::to_string(read_); }

  // Returns the next item.
  const std::vector<std::uint8_t>& next() {
    ++read_;
    const std::size_t got = reader_.read(bytes_);
    if (got < bytes_.size()) {
      throw Error("E_DATA_FORMAT", place(),
                  "the file ends after " + std::to_string(got) + " of the " + std::to_string(bytes_.size()) +
                      " bytes, and its header counts " + std::to_string(count_),
                  "the file is cut short");
    }
    return bytes_;
  }
  // Throws when something follows the last item.
  void require_end() {
    std::uint8_t more = 0;
    if (reader_.read({&more, 1}) == 0) return;
    throw Error("E_DATA_FORMAT", path_,
                "the file goes on after the " + std::to_string(count_) + " " + item_ + "s that its header counts",
                "the header and the data do not belong together");
  }

 private:
  std::int64_t number() {
    std::uint8_t four[4] = {};
    if (reader_.read(four) < 4) {
      throw Error("E_DATA_FORMAT", path_,
                  "the file ends within the header, after " + std::to_string(reader_.position()) + " bytes",
                  "the file is cut short");
    }
    std::int64_t value = 0;
    for (const std::uint8_t byte : four) value = value * 256 + byte;
    return value;
  }

  ByteReader reader_;
  std::string path_, item_;  // item_: "image" or "label"
  std::int64_t count_ = 0, read_ = 0;
  std::vector<std::uint8_t> bytes_;  // of one item
};

// The images [begin, end) of two files, in their order.
class IdxReader final : public ExampleReader {
 public:
  IdxReader(IdxFile images, IdxFile labels, std::int64_t begin, std::int64_t end, std::int64_t classes)
      : images_(std::move(images)), labels_(std::move(labels)), left_(end - begin), classes_(classes) {
    for (; begin > 0; --begin) {
      images_.next();
      labels_.next();
    }
    to_the_end_ = end == images_.count();
  }

  bool next(Example& example) override {
    if (left_ == 0) {
      if (to_the_end_) {
        images_.require_end();
        labels_.require_end();
      }
      return false;
    }
    --left_;
    const std::vector<std::uint8_t>& image = images_.next();
    const std::uint8_t label = labels_.next().front();
    if (label >= classes_) {
      throw Error(
          "E_DATA_LABEL", labels_.place(),
          "the label is " + std::to_string(label) + ", and the classes are 0 to " + std::to_string(classes_ - 1),
          "option classes");
    }
    example.fields.resize(2);
    std::vector<float>& numbers = example.fields[0].numbers;
    numbers.resize(image.size());
    std::transform(image.begin(), image.end(), numbers.begin(), [](std::uint8_t byte) { return byte / 255.0F; });
    example.fields[1].ids.assign(1, label);
    example.index = index_++;
    example.continues = false;
    return true;
  }

 private:
  IdxFile images_, labels_;
  std::int64_t left_, index_ = 0, classes_;
  bool to_the_end_ = false;
};

class Idx final : public Dataset {
 public:
  struct Options {
    std::string train_images, train_labels, test_images, test_labels;
    std::int64_t valid = 0, height = 28, width = 28, classes = 10;
    void visit(auto& option) {
      option("train_images", train_images,
             "path of the images for training, plain or packed by gzip; $NAME in it is replaced by the environment "
             "variable NAME")
          .required();
      option("train_labels", train_labels, "path of their labels").required();
      option("test_images", test_images, "path of the images of the split test (left out: there is no such split)");
      option("test_labels", test_labels, "path of their labels");
      option("valid", valid,
             "number of images at the end of train_images that are the split valid (0: there is no such split)")
          .min(0);
      option("height", height, "number of rows of an image").range(1, 65536);
      option("width", width, "number of columns of an image").range(1, 65536);
      option("classes", classes, "number of classes; labels are below it").range(1, 256);
    }
  };

  explicit Idx(const Options& options) : options_(options) {
    if (options_.test_images.empty() != options_.test_labels.empty()) {
      throw Error("E_DATA_SPLIT", "[idx] split test",
                  std::string("there are only ") + (options_.test_images.empty() ? "labels" : "images"),
                  "set both test_images and test_labels, or neither");
    }
    for (std::string* path :
         {&options_.train_images, &options_.train_labels, &options_.test_images, &options_.test_labels}) {
      *path = expand_environment(*path, "[idx]");
    }
  }

  std::vector<FieldInfo> fields() const override {
    return {{.name = "image", .kind = FieldKind::numbers, .shape = {1, options_.height, options_.width}},
            {.name = "label", .kind = FieldKind::ids, .shape = {}, .classes = options_.classes}};
  }

  std::vector<std::string> splits() const override {
    std::vector<std::string> names{"train"};
    if (options_.valid > 0) names.emplace_back("valid");
    if (!options_.test_images.empty()) names.emplace_back("test");
    return names;
  }

  std::string stamp(std::string_view split) const override {
    std::string text(split);
    for (const std::string& path : files_of(split)) {
      std::error_code fault;
      const auto size = std::filesystem::file_size(path, fault);
      if (fault) return {};
      const auto time = std::filesystem::last_write_time(path, fault);
      if (fault) return {};
      text += "|" + std::filesystem::absolute(path).string() + "|" + std::to_string(size) + "|" +
              std::to_string(time.time_since_epoch().count());
    }
    return text + "|" + std::to_string(options_.valid);
  }

  std::unique_ptr<ExampleReader> open(std::string_view split) const override {
    const std::vector<std::string> files = files_of(split);
    IdxFile images(files[0], "image", {options_.height, options_.width}), labels(files[1], "label", {});
    const std::int64_t count = images.count();
    if (labels.count() != count) {
      throw Error("E_DATA_UNEQUAL", files[1],
                  "there are " + std::to_string(labels.count()) + " labels of " + std::to_string(count) + " images",
                  "the images are those of " + files[0]);
    }
    if (split == "test") return reader(std::move(images), std::move(labels), 0, count);
    if (options_.valid >= count) {
      throw Error("E_DATA_SPLIT", "[idx] valid",
                  std::to_string(options_.valid) + " images for validation leave none of the " + std::to_string(count) +
                      " for training",
                  "valid must be below " + std::to_string(count));
    }
    const std::int64_t border = count - options_.valid;
    if (split == "valid") return reader(std::move(images), std::move(labels), border, count);
    return reader(std::move(images), std::move(labels), 0, border);
  }

 private:
  std::unique_ptr<ExampleReader> reader(IdxFile images, IdxFile labels, std::int64_t begin, std::int64_t end) const {
    return std::make_unique<IdxReader>(std::move(images), std::move(labels), begin, end, options_.classes);
  }

  // The files of images and labels of a split.
  std::vector<std::string> files_of(std::string_view split) const {
    const std::vector<std::string> names = splits();
    if (std::find(names.begin(), names.end(), split) == names.end()) {
      std::string known;
      for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
      throw Error("E_DATA_SPLIT", "[idx] split " + printable(split, 60), "there is no such split", "known: " + known);
    }
    if (split == "test") return {options_.test_images, options_.test_labels};
    return {options_.train_images, options_.train_labels};
  }

  Options options_;
};

class Mlp final : public Model, public Classifier {
 public:
  struct Options {
    std::vector<std::int64_t> hidden{512, 512};
    double dropout = 0.2;
    void visit(auto& option) {
      option("hidden", hidden, "widths of the ReLU layers, from the input up (none: a linear classifier)")
          .range(1, 65536);
      option("dropout", dropout, "probability of dropping an element after each ReLU layer").min(0).below(1);
    }
  };

  Mlp(const Options& options, const Facts& facts)
      : pixels_(facts.sizes.shape("image").numel()), dropout_(options.dropout) {
    std::int64_t width = pixels_;
    for (const std::int64_t hidden : options.hidden) {
      hidden_.push_back(std::make_shared<Linear>(width, hidden));
      child("hidden" + std::to_string(hidden_.size()), hidden_.back());  // hidden1, hidden2, ...
      width = hidden;
    }
    child("output", output_ = std::make_shared<Linear>(width, facts.sizes.at("label")));
    child("dropout", dropout_);
  }

  Loss loss(const TensorBatch& batch, const LossOptions& options) override {
    return token_loss(logits(batch["image"]), batch["label"], -1, options);
  }
  Tensor classify(const TensorBatch& batch) override { return logits(batch["image"]); }
  std::string_view label() const override { return "label"; }

 private:
  // images [B,1,H,W] -> [B,V]
  Tensor logits(const Tensor& images) const {
    Tensor x = reshape(images, {images.size(0), pixels_});  // [B,H*W]
    x = cast(x, output_->weight().value().dtype());         // a batch has f32, a check may have f64
    std::int64_t call = 0;
    for (const auto& layer : hidden_) x = dropout_((*layer)(x, Activation::relu), call++);  // [B,C]
    return (*output_)(x);
  }

  std::int64_t pixels_;
  std::vector<std::shared_ptr<Linear>> hidden_;
  std::shared_ptr<Linear> output_;
  Dropout dropout_;
};
}  // namespace

STRATA_PLUGIN("digits", "0.1.0", [](strata::Registry& r) {
  r.add<strata::Dataset, Idx>("idx", "images and their labels in IDX files, as those of MNIST (LeCun et al., 1998)");
  r.add<strata::Model, Mlp>("mlp", "multilayer perceptron that labels images (Rumelhart et al., 1986)",
                            {.feed = "rows"});
});
