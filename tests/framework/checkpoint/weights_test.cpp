// Weights: files, shards and types, compared with what the field's libraries wrote (tests/golden/weights/make.py).
#include "strata/checkpoint/weights.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "framework/data/folder.hpp"
#include "strata/core/file.hpp"
#include "strata/core/json.hpp"
#include "throws.hpp"

using namespace strata;
using strata_test::Folder;
using test::check_throws;
namespace fs = std::filesystem;

namespace {

const std::string kGolden = std::string(STRATA_SOURCE_DIR) + "/tests/golden/weights/";

std::vector<double> values(const Weights& weights, const std::string& name) {
  const Weights::Entry& entry = *weights.find(name);
  std::vector<double> all(static_cast<std::size_t>(entry.shape.numel()));
  weights.read(entry, 0, entry.shape.numel(), all.data(), DType::f64);
  return all;
}

// A copy of the golden shards, in which tests break one thing each.
std::string shards(const Folder& folder) {
  fs::copy(kGolden + "gpt2-shards", folder.path("shards"));
  return folder.path("shards");
}

constexpr const char* kIndex = "/model.safetensors.index.json";

// Changes the member `tensor` of the index: another shard, or none when `shard` is empty.
void set_shard(const std::string& path, const std::string& tensor, const std::string& shard) {
  Config index = read_json(path + kIndex);
  Config map = index.at("weight_map");
  if (shard.empty()) {
    map.erase(tensor);
  } else {
    map.put(tensor, shard);
  }
  index.put("weight_map", map);
  write_file(path + kIndex, write_json(index));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(weights)

BOOST_AUTO_TEST_CASE(every_type_is_read_as_torch_converts_it) {
  const Weights types(kGolden + "types.safetensors"), expected(kGolden + "types-f32.safetensors");
  BOOST_TEST(types.entries().size() == 4U);
  for (const Weights::Entry& entry : types.entries()) {
    std::vector<float> mine(6), theirs(6), rest(2);
    types.read(entry, 0, 6, mine.data(), DType::f32);
    expected.read(*expected.find(entry.name), 0, 6, theirs.data(), DType::f32);
    BOOST_TEST(mine == theirs, boost::test_tools::per_element());
    types.read(entry, 4, 2, rest.data(), DType::f32);
    BOOST_TEST((rest[0] == mine[4] && rest[1] == mine[5]));
  }
}

BOOST_AUTO_TEST_CASE(shards_have_the_values_of_the_one_file) {
  const Weights one(kGolden + "gpt2"), many(kGolden + "gpt2-shards");
  BOOST_TEST(many.files().size() == 3U);
  BOOST_TEST(one.entries().size() == many.entries().size());
  for (const Weights::Entry& entry : one.entries()) {
    BOOST_REQUIRE(many.find(entry.name) != nullptr);
    BOOST_TEST(values(one, entry.name) == values(many, entry.name), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_missing_shard_is_named) {
  const Folder folder;
  const std::string path = shards(folder), shard = path + "/model-00002-of-00003.safetensors";
  fs::remove(shard);
  check_throws([&] { Weights weights(path); }, "E_CHECKPOINT_MISSING", shard,
               "is missing, a shard that the index names");
}

BOOST_AUTO_TEST_CASE(an_index_that_lies_is_refused) {
  const Folder folder;
  const std::string path = shards(folder), tensor = "transformer.ln_f.bias";
  const std::string in = read_json(path + kIndex).at("weight_map").at(tensor).string();
  const std::string other = in == "model-00001-of-00003.safetensors" ? "model-00002-of-00003.safetensors"
                                                                     : "model-00001-of-00003.safetensors";
  set_shard(path, tensor, other);
  check_throws([&] { Weights weights(path); }, "E_CHECKPOINT_INDEX", path + kIndex,
               "\"" + tensor + "\" in " + other + ", which does not have it: it is in " + in);
  set_shard(path, tensor, in);
  set_shard(path, "transformer.more", in);
  check_throws([&] { Weights weights(path); }, "E_CHECKPOINT_INDEX", path + kIndex, "\"transformer.more\" in " + in);
  set_shard(path, "transformer.more", "");
  set_shard(path, tensor, "");
  check_throws([&] { Weights weights(path); }, "E_CHECKPOINT_INDEX", path + kIndex, "leaves out 1 tensors");
  set_shard(path, tensor, "../" + in);
  check_throws([&] { Weights weights(path); }, "E_CHECKPOINT_INDEX", path + kIndex, "which is not in the folder");
}

BOOST_AUTO_TEST_CASE(what_is_no_source_is_refused) {
  const Folder folder;
  check_throws([&] { Weights weights(folder.path("none")); }, "E_CHECKPOINT_MISSING", folder.path("none"));
  folder.write("pytorch_model.bin", "x");
  check_throws([&] { Weights weights(folder.path()); }, "E_CHECKPOINT_MISSING", folder.path(),
               "has pytorch_model.bin and no model.safetensors");
}

BOOST_AUTO_TEST_SUITE_END()
