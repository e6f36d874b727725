// The doctor says of every library what the host would, without running any of it, and what the host cannot see.
#include "strata/plugin/doctor.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "host/kinds.hpp"

using namespace host_test;
using strata::diagnose_plugin;
using strata::PluginDiagnosis;

namespace {

bool any_has(const std::vector<std::string>& names, const std::string& part) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name.find(part) != std::string::npos; });
}

// The host's own word on a file; empty when it loads.
std::string refusal(const std::string& file) {
  Fresh fresh;
  try {
    fresh.host.load(file);
    return {};
  } catch (const strata::Error& fault) {
    return fault.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_AUTO_TEST_CASE(a_good_plugin) {
  const PluginDiagnosis found = diagnose_plugin(built("hello"));
  BOOST_TEST(!found.reason.has_value());
  BOOST_REQUIRE(found.header.has_value());
  BOOST_TEST(found.header->name == "hello");
  BOOST_TEST(found.header->version == "1.2.3");
  BOOST_TEST(found.unresolved.empty());
  BOOST_TEST(found.leaks.empty());
  BOOST_TEST(found.pins.empty());
  BOOST_TEST(found.listed);
  BOOST_REQUIRE(found.components.size() == 1U);
  BOOST_TEST(found.components[0].name == "hello");
  const auto strata = std::find_if(found.needed.begin(), found.needed.end(), [](const strata::NeededLibrary& one) {
    return one.name.rfind("libstrata.so", 0) == 0;
  });
  BOOST_REQUIRE((strata != found.needed.end()));
  BOOST_TEST(fs::equivalent(strata->path, std::string(STRATA_BINARY_DIR) + "/lib/libstrata.so"));
  for (const strata::NeededLibrary& one : found.needed) BOOST_TEST(fs::exists(one.path), one.name << ": " << one.path);
}

BOOST_AUTO_TEST_CASE(what_the_host_refuses_before_it_loads_the_doctor_refuses_in_the_same_words) {
  const Folder folder;
  std::vector<Kind> kinds = non_plugins();
  for (Kind& kind : mismatched()) kinds.push_back(std::move(kind));
  for (const Kind& kind : kinds) {
    BOOST_TEST_CONTEXT(kind.name) {
      const std::string file = folder / (kind.name + ".so");
      fs::create_directories(fs::path(file).parent_path());  // some names have a '/'
      kind.make(file, 0);
      if (geteuid() == 0 && kind.name == "unreadable") continue;  // not for root
      const PluginDiagnosis found = diagnose_plugin(file);
      BOOST_REQUIRE(found.reason.has_value());
      BOOST_TEST(found.reason->what() == refusal(file));
      BOOST_TEST(found.reason->code() == kind.code);
    }
  }
}

// Whatever is damaged, in tables that only the doctor reads, too. The names differ, since a process keeps what it
// loads.
BOOST_AUTO_TEST_CASE(damage_is_refused_in_the_same_words) {
  constexpr std::size_t kRounds = 25;
  const Folder folder;
  BOOST_TEST_MESSAGE("seed " << host_seed());
  for (const Kind& kind : damaged()) {
    for (std::size_t round = 0; round < kRounds; ++round) {
      const std::string file = folder / (kind.name + " " + std::to_string(round) + ".so");
      kind.make(file, round);
      const PluginDiagnosis found = diagnose_plugin(file);
      BOOST_TEST((found.reason ? found.reason->what() : std::string()) == refusal(file), kind.name << " " << round);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_link_is_the_file_that_it_leads_to) {
  const Folder folder;
  const std::string link = folder / "link.so";
  fs::create_symlink(built("hello"), link);
  const PluginDiagnosis found = diagnose_plugin(link);
  BOOST_TEST(found.listed);
  BOOST_TEST(found.components.size() == 1U);
  BOOST_TEST(!found.reason.has_value());
}

BOOST_AUTO_TEST_CASE(symbols_that_leak_or_pin_are_named) {
  const PluginDiagnosis found = diagnose_plugin(built("leaks"));
  BOOST_TEST(!found.reason.has_value());
  BOOST_TEST(any_has(found.leaks, "leaked_number"));
  BOOST_TEST(any_has(found.pins, "pinned"));
  BOOST_TEST(std::count(found.leaks.begin(), found.leaks.end(), "strata_plugin_v1") == 0);
  BOOST_TEST(!found.listed);
}

BOOST_AUTO_TEST_CASE(what_the_systems_loader_would_miss_is_named) {
  const PluginDiagnosis lacks = diagnose_plugin(built("lacks")), nowhere = diagnose_plugin(built("needs_nowhere"));
  BOOST_REQUIRE(lacks.reason.has_value());
  BOOST_TEST(lacks.reason->code() == "E_PLUGIN_LOAD");
  BOOST_TEST(any_has(lacks.unresolved, "gone_since"));
  BOOST_TEST(refusal(built("lacks")).find("E_PLUGIN_LOAD") != std::string::npos);
  BOOST_REQUIRE(nowhere.reason.has_value());
  BOOST_TEST(nowhere.reason->code() == "E_PLUGIN_LOAD");
  BOOST_TEST(nowhere.reason->message().find("libnowhere.so") != std::string::npos);
  BOOST_TEST(refusal(built("needs_nowhere")).find("E_PLUGIN_LOAD") != std::string::npos);
}

// Bytes changed at both ends, where the tables stand: an answer for each, never a crash.
BOOST_AUTO_TEST_CASE(damaged_tables_never_harm_the_doctor) {
  const Folder folder;
  const std::string good = strata::read_file(built("hello")), file = folder / "x.so";
  int yes = 0, no = 0;
  for (std::size_t at = 0; at + 1 < 4096; at += 16) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x5a);
    bytes[bytes.size() - 1 - at] = static_cast<char>(bytes[bytes.size() - 1 - at] ^ 0x3c);
    strata::write_file(file, bytes);
    (diagnose_plugin(file).reason ? no : yes) += 1;
  }
  BOOST_TEST_MESSAGE(yes << " read, " << no << " refused");
  BOOST_TEST(no > 0);
}

BOOST_AUTO_TEST_SUITE_END()
