// strata: the table of verbs, and the one place where an error becomes a line and an exit code.
#include <array>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <string_view>

#include "command_line.hpp"
#include "output.hpp"
#include "strata/core/error.hpp"
#include "strata/plugin/host.hpp"
#include "strata/plugin/watch.hpp"
#include "verbs.hpp"

namespace strata::app {
namespace {

struct Verb {
  std::string_view name, summary;
  int (*run)(const Arguments&);  // null: that of the answerer of this name
};

constexpr std::array kVerbs = {
    Verb{"train", "train the model that a recipe describes", train},
    Verb{"translate", "translate lines with a trained run", translate},
    Verb{"classify", "label lines with a trained run", nullptr},
    Verb{"generate", "go on with prompts, with a trained language model", nullptr},
    Verb{"logprobs", "give log-probabilities of texts, with a trained run", nullptr},
    Verb{"eval", "measure a trained run on a split of its data, a text or questions", eval},
    Verb{"average", "write the mean of several checkpoints", average},
    Verb{"quantize", "write a checkpoint with weights in 8 bits", quantize},
    Verb{"info", "describe a run, a published checkpoint or a file of weights", info},
    Verb{"import", "write a checkpoint with the model of a published one", import_model},
    Verb{"export", "write a trained model as a folder for other programs", export_model},
    Verb{"plugins", "list components for recipes, show the options of one, make, check and test plugins", plugins},
    Verb{"devices", "list devices for recipes, and say why one cannot be used", devices},
    Verb{"bench", "time jobs and compare them with the limits of this machine", bench},
    Verb{"score", "print BLEU and chrF of outputs, compared with references", score},
    Verb{"tokenize", "cut lines into tokens with the tokenizer of a trained run", tokenize},
    Verb{"version", "print the version of this build", version},
};

std::string usage() {
  std::string text = "usage: strata VERB [arguments] [options]\n\nVerbs:\n";
  for (const Verb& verb : kVerbs) {
    text += "  " + std::string(verb.name) + std::string(12 - verb.name.size(), ' ') + std::string(verb.summary) + "\n";
  }
  return text +
         "\nstrata VERB --help lists the options of a verb and their defaults. Answerers of plugins are verbs, too:\n"
         "strata plugins answerer lists them.\n";
}

int dispatch(const Arguments& words) {
  if (words.empty()) throw Error("E_USAGE", "strata", "no verb is given", "strata --help lists the verbs");
  const std::string& name = words.front();
  if (name == "--help" || name == "-h" || name == "help") {
    write_out(usage());
    return 0;
  }
  const Arguments rest(words.begin() + 1, words.end());
  if (name == "--version") return version(rest);
  std::vector<std::string> known;
  for (const Verb& verb : kVerbs) {
    if (verb.name == name && verb.run != nullptr) return verb.run(rest);
    known.emplace_back(verb.name);
  }
  PluginHost plugins;
  if (has_answerer(name, rest, plugins)) return answer(name, rest, plugins);
  for (const ComponentInfo& one : default_registry().components("answerer")) known.push_back(one.name);
  const std::string near = strata::nearest_name(name, known);
  throw Error("E_USAGE", "strata", "there is no verb '" + printable(name) + "'",
              near.empty() ? "strata --help lists the verbs" : "did you mean " + near + "?");
}

int print(const Error& error) {
  std::fprintf(stderr, "strata: %s\n", error.what());
  return static_cast<int>(error.exit());
}

// The lines that were answered before the fault still go out.
int report(const Error& error) {
  try {
    flush_out();
  } catch (const PipeClosed&) {
  } catch (const Error& lost) {
    print(lost);
  }
  return print(error);
}

int guarded(const Arguments& words) {
  const std::string place = words.empty() ? "strata" : "strata " + words.front();
  try {
    const int status = dispatch(words);
    flush_out();
    return status;
  } catch (const PipeClosed&) {
    return 0;
  } catch (const Error& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    return report(Error("E_MEMORY", place, "out of memory", "a smaller batch or model needs less"));
  } catch (const std::exception& error) {
    return report(Error("E_INTERNAL", place, error.what(), "this is a fault of Strata: please report it"));
  } catch (...) {
    return report(Error("E_INTERNAL", place, "something that is no exception class was thrown",
                        "this is a fault of Strata: please report it"));
  }
}

}  // namespace
}  // namespace strata::app

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which have functions of these names themselves
// A plugin that calls one of these comes here, since the loader looks into the program first.
extern "C" __attribute__((visibility("default"))) void _exit(int status) { strata::end_process(status); }
extern "C" __attribute__((visibility("default"))) void _Exit(int status) noexcept { strata::end_process(status); }
#endif

int main(int count, char** words) {
  strata::app::occupy_standard_descriptors();
  const strata::ProcessWatch watch;
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is then a failed write, which the writer handles
  std::signal(SIGXFSZ, SIG_IGN);  // and so is a file beyond the limit of `ulimit -f`
  return strata::app::guarded({words + 1, words + count});
}
