// Registry: making by name, staged registration whole or not at all, duplicates, nested components.
#include "strata/plugin/registry.hpp"

#include <stdexcept>

#include "strata/core/json.hpp"
#include "strata/plugin/slot.hpp"
#include "throws.hpp"

using strata::Config;
using strata::parse_json;
using strata::Registry;
using strata::Slot;
using strata::test::check_throws;

namespace registry_test {

struct Scorer {
  static constexpr std::string_view kRole = "scorer";
  struct Facts {
    int width = 0;
  };
  struct Traits {
    bool cross = false, causal = true;
  };
  void set_traits(const Traits& given) { traits = given; }
  virtual ~Scorer() = default;
  virtual std::string tell() const = 0;
  Traits traits;
};

struct Additive final : Scorer {
  struct Options {
    int width = 3;
    void visit(auto& option) { option("width", width, "of the layer").range(1, 9); }
  };
  Additive(const Options& options, const Facts& facts) : width(options.width), host(facts.width) {}
  std::string tell() const override { return "additive " + std::to_string(width) + " " + std::to_string(host); }
  int width, host;
};

struct Dot final : Scorer {  // no options, no facts
  std::string tell() const override { return "dot"; }
};

struct Model {
  static constexpr std::string_view kRole = "model";
  virtual ~Model() = default;
};

struct Decoder final : Model {
  struct Options {
    Slot<Scorer> scorer{"additive"};
    Slot<Scorer> second;
    std::vector<Slot<Scorer>> more;
    void visit(auto& option) {
      option("scorer", scorer, "how to score");
      option("second", second, "one more");
      option("more", more, "and more");
    }
  };
  explicit Decoder(const Options& options) {
    told = options.scorer.make({.width = 7})->tell();
    if (options.second) told += ", " + options.second.make()->tell();
    for (const auto& slot : options.more) told += ", " + slot.make({8})->tell();
  }
  std::string told;
};

struct Thrower final : Model {
  struct Options {
    int what = 0;
    void visit(auto& option) { option("what", what, "to throw"); }
  };
  explicit Thrower(const Options& options) {
    if (options.what == 0) throw 42;
    if (options.what == 1) throw std::runtime_error("not today");
    if (options.what == 2) throw std::bad_alloc();
    throw strata::Error("E_MODEL_BAD", "", "said so");
  }
};

void add_all(Registry& r) {
  r.add<Scorer, Additive>("additive", "v tanh(Ws + Uh)", {.cross = true, .causal = false});
  r.add<Scorer, Dot>("dot", "s h").needs("cell/lstm");
  r.add<Model, Decoder>("decoder", "a decoder");
  r.add<Model, Thrower>("thrower", "a thrower");
}

std::string told(Registry& r, const std::string& text) {
  return dynamic_cast<Decoder&>(*r.make<Model>(parse_json(text, "r.json"))).told;
}

}  // namespace registry_test
using namespace registry_test;

BOOST_AUTO_TEST_SUITE(registry)

BOOST_AUTO_TEST_CASE(makes_by_name_with_facts_and_options) {
  Registry r;
  add_all(r);
  BOOST_TEST(r.make<Scorer>(parse_json(R"({"type": "additive", "width": 5})", "x"), {.width = 4})->tell() ==
             "additive 5 4");
  BOOST_TEST(r.make<Scorer>("dot")->tell() == "dot");
  BOOST_TEST(r.make<Scorer>("additive")->traits.cross);
  BOOST_TEST(!r.make<Scorer>("dot")->traits.cross);
  BOOST_TEST(r.component("scorer", "dot").needs.front() == "cell/lstm");
  BOOST_TEST(r.component("scorer", "additive").plugin.name == "strata");
}

BOOST_AUTO_TEST_CASE(nested_components_default_merge_and_fail_with_their_place) {
  Registry r;
  add_all(r);
  BOOST_TEST(told(r, R"({"type": "decoder"})") == "additive 3 7");
  BOOST_TEST(told(r, R"({"type": "decoder", "scorer": "dot", "second": {"type": "additive", "width": 2}})") ==
             "dot, additive 2 0");
  BOOST_TEST(told(r, R"({"type": "decoder", "scorer": {"width": 9}, "more": ["dot", {"type": "additive"}]})") ==
             "additive 9 7, dot, additive 3 8");
  check_throws([&] { told(r, R"({"type": "decoder", "scorer": {"type": "additive", "width": 10}})"); },
               "E_CONFIG_RANGE", "r.json:/scorer/width", "10 is out of range (allowed: 1 <= width <= 9)");
  check_throws([&] { told(r, R"({"type": "decoder", "scorer": "aditive"})"); }, "E_CONFIG_COMPONENT", "r.json:/scorer",
               "no scorer is called \"aditive\" (did you mean \"additive\"? known: additive, dot)");
  check_throws([&] { told(r, R"({"type": "decoder", "more": [{"type": "additive", "widht": 1}]})"); },
               "E_CONFIG_UNKNOWN", "r.json:/more/0/widht", "did you mean \"width\"?");
  check_throws([&] { told(r, R"({"type": "decoder", "second": {"width": 1}})"); }, "E_CONFIG_MISSING",
               "r.json:/second/type");
  check_throws([&] { told(r, R"({"type": "decoder", "second": {"type": 3}})"); }, "E_CONFIG_TYPE",
               "r.json:/second/type");
  check_throws([&] { r.make<Model>(parse_json("{}", "r.json")); }, "E_CONFIG_MISSING", "r.json:/type");
  check_throws([&] { r.make<Model>(parse_json("3", "r.json")); }, "E_CONFIG_TYPE", "r.json");
}

BOOST_AUTO_TEST_CASE(complete_fills_defaults_through_slots) {
  Registry r;
  add_all(r);
  const Config full = r.complete("model", parse_json(R"({"type": "decoder", "more": ["additive"]})", "r.json"));
  BOOST_TEST(strata::write_json(full, 0) ==
             R"({"type": "decoder", "scorer": {"type": "additive", "width": 3}, "second": null, )"
             R"("more": [{"type": "additive", "width": 3}]})");
  BOOST_TEST((r.complete("model", full) == full));
}

BOOST_AUTO_TEST_CASE(constructors_that_throw_become_errors) {
  Registry r;
  add_all(r);
  const auto make = [&](int what) {
    r.make<Model>(parse_json(R"({"type": "thrower", "what": )" + std::to_string(what) + "}", "r.json"));
  };
  check_throws([&] { make(0); }, "E_PLUGIN_MAKE", "r.json:/type", "model/thrower");
  check_throws([&] { make(1); }, "E_PLUGIN_MAKE", "r.json:/type", "not today");
  check_throws([&] { make(2); }, "E_MEMORY", "r.json");
  check_throws([&] { make(3); }, "E_MODEL_BAD", "r.json", "said so");
}

BOOST_AUTO_TEST_CASE(a_stage_is_committed_whole_or_dropped) {
  Registry r;
  int done = 0;
  {
    const auto dropped = r.begin({.name = "p", .version = "1", .file = "/p.so", .sha256 = ""});
    dropped->add<Scorer, Dot>("dot", "");
    dropped->register_extension("op/x", [&] { ++done; });
    BOOST_TEST(!r.has("scorer", "dot"));
  }
  BOOST_TEST(r.components().empty());
  const auto staged = r.begin({.name = "p", .version = "1", .file = "/p.so", .sha256 = ""});
  staged->add<Scorer, Dot>("dot", "");
  staged->register_extension("op/x", [&] { ++done; });
  BOOST_TEST(done == 0);
  r.commit(*staged);
  BOOST_TEST(done == 1);
  BOOST_TEST(r.component("scorer", "dot").plugin.file == "/p.so");
  check_throws([&] { staged->add<Scorer, Additive>("late", ""); }, "E_PLUGIN_REGISTER", "/p.so", "has ended");
}

BOOST_AUTO_TEST_CASE(duplicates_name_both_files_and_leave_nothing) {
  for (const bool swapped : {false, true}) {
    Registry r;
    const std::string first = swapped ? "/b.so" : "/a.so", second = swapped ? "/a.so" : "/b.so";
    const auto a = r.begin({.name = "a", .version = "1", .file = first, .sha256 = ""});
    a->add<Scorer, Dot>("dot", "");
    a->register_extension("op/x", [] {});
    r.commit(*a);
    const auto b = r.begin({.name = "b", .version = "1", .file = second, .sha256 = ""});
    b->add<Scorer, Additive>("fine", "");
    b->add<Scorer, Dot>("dot", "");
    check_throws([&] { r.commit(*b); }, "E_PLUGIN_DUPLICATE", second, "scorer/dot is already registered by " + first);
    BOOST_TEST(!r.has("scorer", "fine"));
    const auto c = r.begin({.name = "c", .version = "1", .file = "/c.so", .sha256 = ""});
    c->add<Scorer, Additive>("fine", "");
    c->register_extension("op/x", [] { BOOST_ERROR("committed"); });
    check_throws([&] { r.commit(*c); }, "E_PLUGIN_DUPLICATE", "/c.so", "op/x is already registered by " + first);
    check_throws([&] { c->add<Scorer, Additive>("fine", ""); }, "E_PLUGIN_DUPLICATE", "/c.so", "by /c.so");
    const auto d = r.begin({.name = "d", .version = "1", .file = "/d.so", .sha256 = ""});
    d->add<Scorer, Additive>("fine", "");
    d->register_extension(
        "op/y", [] { BOOST_ERROR("committed"); }, [] { throw strata::Error("E_OPS_BAD", "y", "no"); });
    check_throws([&] { r.commit(*d); }, "E_OPS_BAD", "y");
    BOOST_TEST(!r.has("scorer", "fine"));
  }
}

BOOST_AUTO_TEST_CASE(extensions_are_known_once_they_are_committed) {
  Registry r;
  const auto staged = r.begin({.name = "k", .version = "1", .file = "/k.so", .sha256 = ""});
  staged->register_extension("kernels/cpu/k", [] {});
  BOOST_TEST(r.extensions().empty());
  r.commit(*staged);
  BOOST_REQUIRE(r.extensions().size() == 1U);
  BOOST_TEST(r.extensions()[0].key == "kernels/cpu/k");
  BOOST_TEST(r.extensions()[0].plugin.file == "/k.so");
}

BOOST_AUTO_TEST_CASE(names_are_plain) {
  Registry r;
  for (const char* name : {"", "../x", "a b", "a\n", "a/b", ".a"}) {
    check_throws([&] { r.add<Scorer, Dot>(name, ""); }, "E_PLUGIN_NAME", "strata");
  }
}

BOOST_AUTO_TEST_CASE(an_object_holds_its_library) {
  Registry r;
  auto library = std::make_shared<int>(0);
  const std::weak_ptr<int> watch = library;
  std::shared_ptr<Scorer> made;
  {
    Registry inner;
    const auto staged = inner.begin({.name = "p", .version = "1", .file = "/p.so", .sha256 = ""}, std::move(library));
    staged->add<Scorer, Dot>("dot", "");
    inner.commit(*staged);
    made = inner.make<Scorer>("dot");
  }
  BOOST_TEST(!watch.expired());
  BOOST_TEST(made->tell() == "dot");
  made.reset();
  BOOST_TEST(watch.expired());
}

BOOST_AUTO_TEST_SUITE_END()
