// Descriptors that this host does not take. They stand in a library whose constructor ends the process: were it loaded,
// the error would be another one (kinds_hostile.cpp has it as it is).
#include <algorithm>
#include <cstring>
#include <string_view>

#include "host/kinds.hpp"
#include "strata/plugin/plugin.hpp"

namespace host_test {
namespace {

using strata::PluginDescriptor;

std::function<void(const std::string&, std::size_t)> with(const std::function<void(PluginDescriptor&)>& change) {
  return [change](const std::string& file, std::size_t) {
    std::string bytes = strata::read_file(built("descriptor"));
    const std::string_view magic(strata::kPluginMagic, sizeof(strata::kPluginMagic));
    const std::size_t at = bytes.find(magic);
    BOOST_REQUIRE(at != std::string::npos);
    BOOST_REQUIRE(bytes.rfind(magic) == at);
    PluginDescriptor descriptor;
    std::memcpy(static_cast<void*>(&descriptor), bytes.data() + at, sizeof(descriptor));
    change(descriptor);
    std::memcpy(bytes.data() + at, &descriptor, sizeof(descriptor));
    strata::write_file(file, bytes);
  };
}

template <std::size_t kRoom>
void write(char (&into)[kRoom], std::string_view text) {
  BOOST_REQUIRE(text.size() <= kRoom);
  std::fill(std::begin(into), std::end(into), '\0');
  std::copy(text.begin(), text.end(), std::begin(into));
}

// This host's tag with one of its words replaced; std::out_of_range when it has no such word.
std::string tag(std::string_view word, std::string_view by) {
  std::string out(strata::kAbiTag);
  return out.replace(out.find(word), word.size(), by);
}

Kind abi(const std::string& name, const std::string& text) {
  return {name, "E_PLUGIN_ABI", "is built for \"" + text + "\", this host is \"" + std::string(strata::kAbiTag) + "\"",
          with([text](PluginDescriptor& d) { write(d.abi, text); })};
}

Kind api(const std::string& name, unsigned number) {
  return {name, "E_PLUGIN_VERSION",
          "plugin API " + std::to_string(number) + ", this host has " + std::to_string(strata::kPluginApi),
          with([number](PluginDescriptor& d) { d.api = number; })};
}

Kind size(const std::string& name, std::uint32_t number) {
  return {name, "E_PLUGIN_VERSION", "says " + std::to_string(number) + " bytes",
          with([number](PluginDescriptor& d) { d.struct_size = number; })};
}

Kind plugin_name(const std::string& name, const std::string& text, const std::string& printed) {
  return {name, "E_PLUGIN_NAME", "\"" + printed + "\" is no plain name",
          with([text](PluginDescriptor& d) { write(d.name, text); })};
}

}  // namespace

std::vector<Kind> mismatched() {
#if defined(__x86_64__)
  const std::string here = "x86_64", there = "aarch64";
#else
  const std::string here = "aarch64", there = "x86_64";
#endif
  const std::string own = "strata-abi" STRATA_DETAIL_TEXT(STRATA_ABI);
  return {
      api("older API", strata::kPluginApi - 1),
      api("newer API", strata::kPluginApi + 1),
      abi("other standard library", tag("libstdc++ cxx11", "libc++ abi1")),
      abi("old strings", tag("cxx11", "old-strings")),
      abi("debug containers", tag("plain-containers", "debug-containers")),
      abi("other architecture", tag(here, there)),
      abi("other strata-abi", tag(own, "strata-abi" + std::to_string(STRATA_ABI + 1))),
      abi("no tag", ""),
      // Nothing closes the array.
      {"endless tag", "E_PLUGIN_ABI", std::string(sizeof(PluginDescriptor::abi), 'a') + "\", this host",
       with([](PluginDescriptor& d) { write(d.abi, std::string(sizeof(d.abi), 'a')); })},
      {"garbage tag", "E_PLUGIN_ABI", R"(is built for "\x1b[2J\xff\x0aX")",
       with([](PluginDescriptor& d) { write(d.abi, "\033[2J\xff\nX"); })},
      {"wrong magic", "E_PLUGIN_SYMBOL", "not made by STRATA_PLUGIN",
       with([](PluginDescriptor& d) { d.magic[0] = 'X'; })},
      size("absurd struct size", 4000000000U),
      size("no struct size", 0),
      plugin_name("plugin named ../", "../escape", "../escape"),
      plugin_name("plugin named /", "/etc/passwd", "/etc/passwd"),
      plugin_name("plugin named with control bytes", "pl\033[2J\n", R"(pl\x1b[2J\x0a)"),
      plugin_name("plugin without a name", "", ""),
  };
}

}  // namespace host_test
