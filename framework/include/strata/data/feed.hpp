// Feed: decides which examples form which batch, and which columns a batch has. It is the role of "feed" in a recipe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/data/batch.hpp"
#include "strata/data/dataset.hpp"
#include "strata/data/sizes.hpp"
#include "strata/text/tokenizer.hpp"

namespace strata {

// A vocabulary that a feed needs, and the texts from which it is learnt.
struct VocabularyPlan {
  std::string name;                 // name in Tokenizers
  std::vector<std::string> fields;  // fields of text of the training split
  // Component that the feed chooses for this vocabulary ("labels"); null: the tokenizer of the recipe. Vocabularies of
  // the recipe's tokenizer become one when the tokenizer is joint().
  Config tokenizer = {};
};

class STRATA_API Feed {
 public:
  static constexpr std::string_view kRole = "feed";

  // The knowledge of the host. A constructor reads a split only when `split` is not empty; before that, and for a model
  // that answers, only vocabularies(), sizes() and inputs() are called.
  struct Facts {
    std::shared_ptr<const Dataset> dataset = nullptr;  // null: there is no data, as when a trained model answers
    std::string split = {};                            // split to read; empty: none yet
    // True: order and choice are those of training. False: each example once, in a fixed order; batches may then be
    // others than in training, and so may a loss that compares the examples of a batch.
    bool training = false;
    Tokenizers tokenizers = {};        // those of vocabularies(), trained; empty as long as they are not
    Config saved = {};                 // what saved() returned when the checkpoint was written; null for a new run
    std::uint64_t seed = 1;            // seed of the order
    std::int64_t rank = 0, ranks = 1;  // number of this process and of all; the feed gives this process its share
    std::string cache = {};            // folder for files that can be made again; empty: none
    std::function<void(const std::string&)> warn = [](const std::string&) {};  // gets lines about the data
  };

  Feed() = default;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  virtual ~Feed();

  // The vocabularies that the feed needs. Default: none.
  virtual std::vector<VocabularyPlan> vocabularies() const;
  // Returns the part of the data's description that a checkpoint keeps, such as declared fields, so that the feed of a
  // trained model can be made without data. Default: null, as a feed of texts knows everything from its tokenizers.
  virtual Config saved() const;
  // Returns the sizes from which a model declares its parameters: one entry for each name that a model may ask for.
  virtual Sizes sizes() const = 0;

  // The number of batches in an epoch, which is counted from 0; the same for every rank.
  virtual std::int64_t batches(std::int64_t epoch) const = 0;
  // Returns the batch at `position` (from 0) of an epoch, for this rank. It is a pure function: the same arguments give
  // the same batch at any time, so that a resumed run sees the batches of an uninterrupted one. Several threads may
  // call it at once. Throws E_DATA_POSITION past the end.
  virtual Batch batch(std::int64_t epoch, std::int64_t position) const = 0;

  // The fields that inputs() reads, in this order.
  virtual std::vector<FieldInfo> input_fields() const = 0;
  // Makes a batch of examples that a user gives, with the fields input_fields(). The columns that a model reads are the
  // same as in training; those that only the loss reads are missing.
  virtual Batch inputs(std::span<const Example> examples) const = 0;

  // SHA-256 of the examples of the split, as 64 hex digits, which a resumed run compares. Empty: the feed does not
  // compute it.
  virtual std::string fingerprint() const;
};

// Returns all batches of a feed from (epoch, position) on, without end or up to the end of epoch `last_epoch`. The feed
// must outlive the returned function.
STRATA_API BatchSource batch_source(const Feed& feed, std::int64_t epoch, std::int64_t position,
                                    std::optional<std::int64_t> last_epoch = {});

// Throws E_DATA_POSITION unless 0 <= position < count.
STRATA_API void check_position(std::int64_t epoch, std::int64_t position, std::int64_t count);

}  // namespace strata
