// The order of labels, and the labels that are most like a given one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace labels {

// Sorts labels as numbers when all of them are whole numbers ("-3", "7", "10", of any length; "07" is after "7"), else
// by their bytes.
void sort(std::vector<std::string>& names);

// The hint of an error: up to five of the labels that are most like `name`, or the first ones when none is like it.
std::string hint(std::string_view name, std::vector<std::string> known);

}  // namespace labels
