// The work of the verbs that answer: which answerers there are for a model, and the examples that a file has.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strata/core/config.hpp"
#include "strata/core/export.hpp"
#include "strata/data/example.hpp"
#include "strata/model/answerer.hpp"
#include "strata/run/load_model.hpp"

namespace strata {

// Registers the built-in answerers translate, classify, generate and logprobs, unless they are registered.
STRATA_API void register_answerers(Registry& registry);

// Loads the plugins that a run folder or checkpoint folder names, so that their answerers are registered. Returns false
// when `path` is no such folder. Throws what complete_recipe() throws.
STRATA_API bool load_plugins_of(const std::string& path, const Host& host);

// Returns the names of the registered answerers that fit a model, the built-in ones first.
STRATA_API std::vector<std::string> answerers_of(const Model& model, Registry& registry);

// Makes an answerer for a loaded model. spec: its name, or {"type": name, ...options}. Throws E_MODEL_CAPABILITY, which
// names the verbs for the model, when the answerer does not fit it, and what its constructor throws.
STRATA_API std::shared_ptr<Answerer> make_answerer(const Config& spec, const LoadedModel& loaded, Registry& registry);

// Examples that a user gives, one after the other.
class STRATA_API ExampleSource {
 public:
  virtual ~ExampleSource();
  // Reads the next example; false at the end. Throws at a line that is no example.
  virtual bool next(Example& example) = 0;
  // True when the next example is not there yet, so that a call of next() may wait. Default: false.
  virtual bool drained() const;
  // The place of the example that was read last: "questions.jsonl:12".
  virtual std::string place() const = 0;
  // Lines about what was read.
  virtual std::vector<std::string> warnings() const = 0;
};

// Returns the examples in the lines of a file; "-" is standard input. With a single field of text, a line is the text,
// unless the file's name ends with ".jsonl". With several fields of text without line ends, a line with a tab has the
// texts with tabs between them, unless the file's name ends so. Any other line is a JSON object with a member for each
// field: a text, a number, or numbers in (nested) lists. Reading throws what LineReader throws, and E_DATA_FIELD at the
// line for another number of texts, for a member that is missing, unknown or of another kind, for a number of values
// that the field does not have, and for a class that is out of range.
STRATA_API std::unique_ptr<ExampleSource> example_lines(const std::string& file, std::vector<FieldInfo> fields);

// Returns the single example with this text. Throws E_USAGE when an example is not a single text.
STRATA_API std::unique_ptr<ExampleSource> single_example(std::string text, const std::vector<FieldInfo>& fields);

// Returns the examples of a split of the data with which a run was trained, with the given fields alone. Throws
// E_DATA_FIELD when the data lacks one.
STRATA_API std::unique_ptr<ExampleSource> split_examples(const LoadedModel& loaded, const std::string& split,
                                                         const std::vector<FieldInfo>& fields);

// Answers all examples of a source, without recording and not in training mode, `chunk` at a time, or fewer when the
// next one is not there yet. What cannot be read or answered is thrown after the answers to the examples before it.
// Returns the number of examples.
STRATA_API std::int64_t answer_all(Answerer& answerer, ExampleSource& source, std::int64_t chunk,
                                   const Answerer::Each& each);

}  // namespace strata
