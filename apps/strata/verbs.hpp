// The verbs of the app: each lives in the file of its name and returns what the process exits with.
#pragma once

#include <string>
#include <vector>

namespace strata {
class PluginHost;
}

namespace strata::app {

// What stands after the verb on the command line.
using Arguments = std::vector<std::string>;

int average(const Arguments& words);
int bench(const Arguments& words);
int devices(const Arguments& words);
int eval(const Arguments& words);
int export_model(const Arguments& words);
int import_model(const Arguments& words);
int info(const Arguments& words);
int plugins(const Arguments& words);
int plugins_doctor(const Arguments& words);
int plugins_new(const Arguments& words);
int plugins_test(const Arguments& words);
int quantize(const Arguments& words);
int score(const Arguments& words);
int tokenize(const Arguments& words);
int train(const Arguments& words);
int translate(const Arguments& words);
int version(const Arguments& words);

// Returns true when a verb is the name of an answerer. It may be in a plugin on the path of `plugins`, to which the
// options --plugin and --plugin-path in `words` are added, or in a plugin with which a run in `words` was trained.
bool has_answerer(const std::string& verb, const Arguments& words, PluginHost& plugins);
// Runs the verb of an answerer and returns what the process exits with.
int answer(const std::string& verb, const Arguments& words, PluginHost& plugins);

}  // namespace strata::app
