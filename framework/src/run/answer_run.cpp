// Which answerers there are, and the way of all examples through one of them.
#include "strata/run/answer_run.hpp"

#include <algorithm>
#include <exception>

#include "run/answerers.hpp"
#include "strata/core/error.hpp"
#include "strata/core/plugin_call.hpp"
#include "strata/plugin/registry.hpp"
#include "strata/tensor/context.hpp"

namespace strata {
namespace {

constexpr const char* kBuiltin[] = {"translate", "classify", "generate", "logprobs"};

std::string name_of(const Config& spec) { return spec.is_string() ? spec.string() : spec.at("type").string(); }

constexpr std::size_t kMostBytes = std::size_t{1} << 26;  // of the examples that are answered together

std::size_t bytes_of(const Example& example) {
  std::size_t bytes = 0;
  for (const Field& one : example.fields) {
    bytes += one.text.size() + one.ids.size() * sizeof one.ids[0] + one.numbers.size() * sizeof one.numbers[0];
  }
  return bytes;
}

// The error of an example says where that example was read.
Error at_place(const Error& error, const std::string& place) {
  if (error.place().rfind("line ", 0) != 0) return error;
  return {error.code(), place, error.message(), error.hint()};
}

}  // namespace

ExampleSource::~ExampleSource() = default;
bool ExampleSource::drained() const { return false; }

void register_answerers(Registry& registry) {
  if (registry.registered("answerer", kBuiltin[0])) return;
  detail::register_translate(registry);
  detail::register_classify(registry);
  detail::register_generate(registry);
  detail::register_logprobs(registry);
}

std::vector<std::string> answerers_of(const Model& model, Registry& registry) {
  register_answerers(registry);
  std::vector<std::string> names(std::begin(kBuiltin), std::end(kBuiltin)), fitting;
  for (const ComponentInfo& one : registry.components("answerer")) {
    const bool known = std::find(names.begin(), names.end(), one.name) != names.end();
    if (!known && registry.registered("answerer", one.name)) names.push_back(one.name);
  }
  for (const std::string& name : names) {
    const Answerer::Traits traits = registry.traits<Answerer>(Config(name));
    if (traits.fits != nullptr && traits.fits(model)) fitting.push_back(name);
  }
  return fitting;
}

std::shared_ptr<Answerer> make_answerer(const Config& spec, const LoadedModel& loaded, Registry& registry) {
  register_answerers(registry);
  const std::string name = name_of(spec);
  const Answerer::Traits traits = registry.traits<Answerer>(spec);
  if (traits.fits != nullptr && !traits.fits(*loaded.model)) fail_capability(*loaded.model, traits.capability, name);
  return registry.make<Answerer>(spec, {loaded.model, loaded.feed, loaded.tokenizers, name});
}

std::int64_t answer_all(Answerer& answerer, ExampleSource& source, std::int64_t chunk, const Answerer::Each& each) {
  std::vector<Example> examples;
  std::vector<std::string> places;
  std::int64_t done = 0;
  const ContextScope scope;
  context().recording = false;
  context().training = false;
  for (bool more = true; more;) {
    examples.clear();
    places.clear();
    std::exception_ptr failure;
    try {
      Example example;
      std::size_t bytes = 0;
      while (static_cast<std::int64_t>(examples.size()) < chunk && bytes < kMostBytes &&
             (more = source.next(example))) {
        bytes += bytes_of(example);
        examples.push_back(example);
        places.push_back(source.place());
        if (source.drained()) break;
      }
    } catch (...) {
      failure = std::current_exception();
    }
    std::size_t answered = 0;
    try {
      in_plugin("answer()", answerer, [&] {
        answerer.answer(examples, [&](const std::vector<Answer>& answers) {
          each(answers);
          ++answered;
        });
      });
    } catch (const Error& error) {
      if (answered >= places.size()) throw;
      throw at_place(error, places[answered]);
    }
    if (answered != examples.size()) {
      throw Error("E_PLUGIN_CALL", "answer()",
                  std::to_string(answered) + " answers to " + std::to_string(examples.size()) + " examples");
    }
    done += static_cast<std::int64_t>(answered);
    if (failure != nullptr) std::rethrow_exception(failure);
  }
  return done;
}

}  // namespace strata
