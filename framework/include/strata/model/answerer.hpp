// Answerer: answers examples with a trained model. It is the role of the verbs: `strata NAME RUN [FILE]` answers with
// the answerer of this name, whose options are those of the command line.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/data/feed.hpp"
#include "strata/model/model.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

// One answer to an example.
struct Answer {
  std::string text;  // what the model says: a label, a translation; it may have line ends
  Config json;       // the answer as an object, for programs
  // The answer with its details, for a person; it has no line ends. `strata VERB` prints it; empty: the text.
  std::string line = {};
};

class STRATA_API Answerer {
 public:
  static constexpr std::string_view kRole = "answerer";
  // A trained model and what belongs to it.
  struct Facts {
    std::shared_ptr<Model> model;      // materialised model, never null
    std::shared_ptr<const Feed> feed;  // feed without data, which makes batches of examples
    Tokenizers tokenizers;             // tokenizers of the feed
    std::string place;                 // the verb, for errors
  };
  // The declaration of an answerer, given where it is registered; answers_with() makes it.
  struct Traits {
    std::string capability;                // class that a model must be: "Classifier"
    bool (*fits)(const Model&) = nullptr;  // whether a model can be answered with
    std::string use;                       // what the verb does with such a model: "labels lines with it"
  };
  void set_traits(const Traits& traits) { traits_ = traits; }
  const Traits& traits() const noexcept { return traits_; }

  Answerer() = default;
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;
  virtual ~Answerer();

  // Receives the answers to one example: one or several, the best first.
  using Each = std::function<void(const std::vector<Answer>& answers)>;
  // Calls `each` once for each example, in order. When an example cannot be answered, it throws after the calls for
  // those before it. Example::index is the number of the example among all that are asked, from 0; an answer may depend
  // on it (a sample does), but not on the other examples. The last bits of a model's numbers do depend on the size of
  // the batch: what orders or compares them should not look at these. The context is that of the run (device,
  // precision), without recording and not in training mode.
  virtual void answer(std::span<const Example> examples, const Each& each) = 0;
  // The fields of an example. Default: those of Feed::inputs(). With a single field of text, a line of a file is the
  // text, and with several ones without line ends it is the texts with tabs between them; else it is a JSON object with
  // the names of the fields.
  virtual std::vector<FieldInfo> fields() const;
  // The number of examples that are read before they are answered together. Default: 256.
  virtual std::int64_t chunk() const;
  // Lines about all that was answered, which are printed at the end. Default: none.
  virtual std::vector<std::string> warnings() const;

 protected:
  // feed: that of Facts; null when fields() is overridden.
  explicit Answerer(std::shared_ptr<const Feed> feed) : feed_(std::move(feed)) {}

 private:
  Traits traits_;
  std::shared_ptr<const Feed> feed_;
};

// Returns the traits of an answerer for models that are a Capability, a class with a virtual destructor:
//   r.add<Answerer, Labels>("label", "labels lines", answers_with<Classifier>("Classifier", "labels lines with it"));
template <class Capability>
Answerer::Traits answers_with(std::string capability, std::string use) {
  return {std::move(capability), [](const Model& model) { return dynamic_cast<const Capability*>(&model) != nullptr; },
          std::move(use)};
}

}  // namespace strata
