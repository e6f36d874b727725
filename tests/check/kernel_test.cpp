// Every planted mistake of a kernel is found, by the op that it is in and by what it breaks; a kernel without one, and
// our own, pass.
#include <boost/test/unit_test.hpp>

#include "strata/check/check.hpp"
#include "strata/core/json.hpp"
#include "strata/plugin/host.hpp"
#include "throws.hpp"

using strata::CheckRow;

namespace {

const std::string kBuilt = STRATA_BINARY_DIR;

std::string file_of(const std::string& fault) { return kBuilt + "/tests/check/plugins/" + fault + "/faulty_kernel.so"; }

// A plugin of its own registry; ops are registered once in a process, so each file is loaded once.
struct Loaded {
  explicit Loaded(const std::string& fault) : name("faulty-" + fault), host(registry) { host.load(file_of(fault)); }
  std::vector<CheckRow> rows(std::int64_t seed = 1) {
    strata::CheckOptions options;
    options.seed = seed;
    return strata::check_component("kernel", strata::Config(name), options, {registry, &host});
  }

  std::string name;
  strata::Registry registry;
  strata::PluginHost host;
};

// The row of this name must have failed, and say `text`; no other may have.
void finds(const std::string& fault, const std::string& row_name, const std::string& text) {
  BOOST_TEST_MESSAGE("a kernel with the fault " << fault);
  bool found = false;
  for (const CheckRow& row : Loaded(fault).rows()) {
    if (row.verdict != CheckRow::Verdict::failed) continue;
    BOOST_TEST_MESSAGE("  " << row.property << ": " << row.detail);
    BOOST_TEST(row.property == row_name, fault << ": " << row.property << " failed, too");
    found = found || (row.property == row_name && row.detail.find(text) != std::string::npos);
  }
  BOOST_TEST(found, fault << ": no failed row " << row_name << " says \"" << text << "\"");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(check_kernel)

BOOST_AUTO_TEST_CASE(planted_mistakes_are_found) {
  finds("tail", "square_tail", "[3,37], f32, dense: output 0: element 110");
  finds("backward", "square_backward", "gradient of input 0");
  finds("vjp", "square_vjp vjp", "gradient of input 0");
  finds("strides", "square_strides", "f32, padded: output 0");
  finds("beyond", "square_beyond", "forward: it writes up to 4 bytes behind the end of a block of 444 bytes");
  finds("before", "square_before", "backward: it writes up to 4 bytes before the start of a block");
  finds("input", "square_input", "it writes into its input 0");
  finds("hole", "square_hole", "element 1 is nan");
  finds("counter", "determinism", "square_counter, [3,37], f32, dense: output 0");
  finds("address", "determinism", "square_address, [3,37], f32, dense: output 0");
  finds("dtype", "square_dtype", "bf16, dense: output 0");
  finds("throws", "square_throws", "threw something of type int, which is no exception class");
  finds("silent", "square_silent", "give its Op `examples`");
  finds("lonely", "square_lonely", "neither a composition nor a reference kernel");
}

BOOST_AUTO_TEST_CASE(another_number_of_threads_is_tried) { finds("threads", "determinism", "with a thread count of"); }

BOOST_AUTO_TEST_CASE(memory_that_is_kept_is_found) {
#if defined(STRATA_SANITIZED)
  BOOST_TEST_MESSAGE("the sanitizers find leaks by themselves");
#else
  finds("leak", "memory", "square_leak, [3,37]");
#endif
}

BOOST_AUTO_TEST_CASE(without_a_mistake_all_pass) {
  int passed = 0;
  for (const CheckRow& row : Loaded("none").rows()) {
    BOOST_TEST_MESSAGE(row.property << ": " << row.detail);
    BOOST_TEST((row.verdict == CheckRow::Verdict::passed), row.property << ": " << row.detail);
    ++passed;
  }
  BOOST_TEST(passed == 4);  // the op, its vjp, determinism, memory
}

// Other values of the examples, another result: the seed is heard.
BOOST_AUTO_TEST_CASE(the_seed_draws_the_examples) {
  Loaded plugin("seed");
  const std::string first = plugin.rows(1).front().detail, second = plugin.rows(2).front().detail;
  BOOST_TEST_MESSAGE(first << "\n" << second);
  BOOST_TEST(first != second);
  BOOST_TEST(first == plugin.rows(1).front().detail);
}

BOOST_AUTO_TEST_CASE(a_file_lists_its_kernels) {
  Loaded plugin("lists");
  const std::string file = file_of("lists");
  strata::Registry& registry = plugin.registry;
  strata::PluginHost& host = plugin.host;
  const std::vector<std::string> all = strata::checked_components(file, "", registry);
  BOOST_TEST(all == std::vector<std::string>{"kernel/faulty-lists"}, boost::test_tools::per_element());
  BOOST_TEST(strata::checked_components(file, all[0], registry) == all, boost::test_tools::per_element());
  strata::test::check_throws([&] { (void)strata::checked_components(file, "kernel/faulty-list", registry); },
                             "E_CONFIG_COMPONENT", file, "did you mean kernel/faulty-lists?");
  // Kernels have no options: one that is given is refused, not passed over.
  const strata::Config spec = strata::parse_json(R"({"type": "faulty-lists", "heads": 2})", "--options");
  strata::test::check_throws(
      [&] {
        (void)strata::check_component("kernel", spec, {}, {registry, &host});
      },
      "E_CONFIG_UNKNOWN", "--options:/heads");
  strata::test::check_throws(
      [&] {
        (void)strata::check_component("kernel", strata::Config("nobody"), {}, {registry, &host});
      },
      "E_PLUGIN_CHECK", "kernel/nobody", "kernels/DEVICE/PROVIDER");
}

// Whatever the device, if it runs here; else a row says why not.
BOOST_AUTO_TEST_CASE(kernels_of_other_devices) {
  strata::Registry registry;
  strata::PluginHost host(registry);
  const std::string file = kBuilt + "/tests/check/plugins/none/other_device.so";
  host.load(file);
  BOOST_TEST(strata::checked_components(file, "", registry) == std::vector<std::string>{"kernel/twin"},
             boost::test_tools::per_element());
  std::string failed, skipped;
  int passed = 0;
  for (const CheckRow& row : strata::check_component("kernel", strata::Config("twin"), {}, {registry, &host})) {
    if (row.verdict == CheckRow::Verdict::failed) failed += row.property + ": " + row.detail + "\n";
    if (row.verdict == CheckRow::Verdict::skipped) skipped += row.property + ": " + row.detail + "\n";
    passed += row.verdict == CheckRow::Verdict::passed ? 1 : 0;
  }
  BOOST_TEST_MESSAGE(passed << " passed; failed: " << failed << "skipped: " << skipped);
  BOOST_TEST(passed > 30);
  BOOST_TEST(failed.starts_with("twin relu: [3,37], f32, dense: output 0"));
  BOOST_TEST(failed.find('\n') == failed.size() - 1);  // that one alone
  BOOST_TEST(skipped.starts_with("nowhere: no device to run them on: "));
}

BOOST_AUTO_TEST_SUITE_END()
