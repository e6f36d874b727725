// Checkpoint folders: what they hold, damage of every kind, links, a full disk while saving, another model.
#include "strata/checkpoint/checkpoint.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

#include "checkpoint/check_parameters.hpp"
#include "framework/train/tiny.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/checkpoint/safetensors.hpp"
#include "strata/core/file.hpp"
#include "strata/core/sha256.hpp"
#include "strata/run/load_model.hpp"
#include "throws.hpp"

using namespace strata_test;

namespace {

// A run of three updates with checkpoints 1, 2 and 3.
class Trained : public TinyTask {
 public:
  Trained() { train(recipe(R"({"max_updates": 3, "checkpoint_every": 1, "validate_every": 2})"), run_path()); }
  std::string file(int update, const std::string& name) const {
    return run_path() + "/checkpoint-" + std::to_string(update) + "/" + name;
  }
  std::string folder(int update) const { return run_path() + "/checkpoint-" + std::to_string(update); }
};

// Files grow no further than `bytes` within this scope, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(std::uint64_t bytes) {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit_);
    rlimit small = limit_;
    small.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint)

BOOST_AUTO_TEST_CASE(a_folder_holds_what_others_expect) {
  const Trained trained;
  for (const char* name : {"config.json", "model.safetensors", "source.vocab.txt", "target.vocab.txt",
                           "optimizer.safetensors", "trainer_state.json"}) {
    const Config manifest = read_json(trained.file(3, "manifest.json"));
    const std::string bytes = bytes_of(trained.file(3, name));
    const Config* entry = manifest.at("files").find(name);
    BOOST_REQUIRE(entry != nullptr);
    BOOST_TEST(entry->at("size").integer() == static_cast<std::int64_t>(bytes.size()));
    BOOST_TEST(entry->at("sha256").string() == sha256_hex(bytes));
  }
  const Config config = read_json(trained.file(3, "config.json"));
  BOOST_TEST(config.find_path("train.accumulate")->integer() == 1);  // defaults are filled in
  BOOST_TEST(config.find_path("strata.version")->is_string());
}

BOOST_AUTO_TEST_CASE(a_model_comes_back_by_run_and_by_folder) {
  const Trained trained;
  const LoadedModel latest = load_model(trained.run_path(), "latest");
  BOOST_TEST(latest.folder == trained.folder(3));
  const SafetensorsFile file(trained.file(3, "model.safetensors"));
  for (const NamedParameter& one : latest.model->parameters()) {
    BOOST_TEST(one.parameter.value().to_doubles() == file.read(*file.find(one.name)).to_doubles(),
               boost::test_tools::per_element());
    BOOST_TEST(one.parameter.value().requires_grad());
  }
  BOOST_TEST(latest.tokenizers["target"].encode("A B").size() == 2U);
  BOOST_TEST(load_model(trained.run_path()).folder == trained.folder(3));  // best
  BOOST_TEST(load_model(trained.run_path(), "checkpoint-2").folder == trained.folder(2));
  BOOST_TEST(load_model(trained.folder(1)).folder == trained.folder(1));
  BOOST_TEST(load_model(trained.run_path() + "/latest").folder == trained.folder(3));
  std::filesystem::remove(trained.run_path() + "/best");
  BOOST_TEST(load_model(trained.run_path()).folder == trained.folder(3));
  strata::test::check_throws([&] { load_model(trained.run_path(), "checkpoint-9"); }, "E_CHECKPOINT_MISSING",
                             trained.run_path(), "there are those of updates 1, 2, 3");
  strata::test::check_throws([&] { load_model(trained.path("none")); }, "E_CHECKPOINT_MISSING", trained.path("none"));
}

BOOST_AUTO_TEST_CASE(damage_names_file_values_and_the_checkpoint_that_is_still_good) {
  const Trained trained;
  const std::string intact = trained.folder(2) + " is intact";
  for (const char* name : {"config.json", "model.safetensors", "target.vocab.txt", "optimizer.safetensors",
                           "trainer_state.json", "manifest.json"}) {
    const std::string path = trained.file(3, name), whole = bytes_of(path);
    const auto check = [&](const std::string& text) {
      strata::test::check_throws([&] { verify_checkpoint(trained.folder(3)); }, "E_CHECKPOINT_DAMAGED", path, text);
      strata::test::check_throws([&] { verify_checkpoint(trained.folder(3)); }, "E_CHECKPOINT_DAMAGED", path, intact);
      const Error fault = strata::test::thrown([&] { verify_checkpoint(trained.folder(3)); });
      BOOST_TEST((fault.exit() == Exit::model));
      BOOST_TEST(fault.hint().find("remove") == std::string::npos);
    };
    const bool manifest = std::string(name) == "manifest.json";
    write_file(path, whole.substr(0, whole.size() / 2));
    check(manifest ? "expected the list" : std::to_string(whole.size()) + " are expected");
    if (!manifest) {
      std::string altered = whole;
      altered[altered.size() / 2] ^= 1;
      write_file(path, altered);
      check("sha256");
    }
    std::filesystem::remove(path);
    check(manifest ? "no such file" : "cannot be read");
    write_file(path, whole);
    verify_checkpoint(trained.folder(3));
  }
}

BOOST_AUTO_TEST_CASE(a_removed_damaged_checkpoint_lets_the_older_one_go_on) {
  const Trained trained;
  std::filesystem::remove_all(trained.folder(3));  // `latest` now leads nowhere
  Recorder recorder;
  TinyTask::train(trained.recipe(R"({"max_updates": 3, "checkpoint_every": 1, "validate_every": 2})"),
                  trained.run_path(), &recorder);
  BOOST_TEST(recorder.runs.front().start_update == 2);
  verify_checkpoint(trained.folder(3));
}

BOOST_AUTO_TEST_CASE(a_manifest_names_no_files_elsewhere) {
  const Trained trained;
  write_file(trained.file(3, "manifest.json"), R"({"format": 1, "files": {"../x": {"size": 1, "sha256": ""}}})");
  strata::test::check_throws([&] { verify_checkpoint(trained.folder(3)); }, "E_CHECKPOINT_DAMAGED",
                             trained.file(3, "manifest.json"), "../x");
}

// A file that its manifest does not vouch for, or that lies elsewhere, is none of the checkpoint.
BOOST_AUTO_TEST_CASE(what_is_read_is_listed_and_lies_in_the_folder) {
  const Trained trained;
  const std::string folder = trained.folder(3), manifest = trained.file(3, "manifest.json"), whole = bytes_of(manifest);
  for (const char* name : {"config.json", "model.safetensors", "optimizer.safetensors", "trainer_state.json"}) {
    Config shorter = read_json(manifest), files = shorter.at("files");
    files.erase(name);
    shorter.put("files", files);
    write_file(manifest, write_json(shorter));
    strata::test::check_throws([&] { verify_checkpoint(folder); }, "E_CHECKPOINT_DAMAGED", trained.file(3, name),
                               "is not in the checkpoint's manifest.json");
    BOOST_TEST(!checkpoint_intact(folder));
    write_file(manifest, whole);
  }
  Config shorter = read_json(manifest), files = shorter.at("files");
  files.erase("target.vocab.txt");
  shorter.put("files", files);
  write_file(manifest, write_json(shorter));
  strata::test::check_throws([&] { load_model(folder); }, "E_CHECKPOINT_DAMAGED", trained.file(3, "target.vocab.txt"),
                             "a tokenizer might read it");
  write_file(manifest, whole);

  for (const char* name : {"config.json", "model.safetensors", "target.vocab.txt", "manifest.json"}) {
    const std::string file = trained.file(3, name), elsewhere = trained.path("elsewhere");
    std::filesystem::rename(file, elsewhere);
    std::filesystem::create_symlink(elsewhere, file);
    strata::test::check_throws([&] { load_model(folder); }, "E_CHECKPOINT_DAMAGED", file, "is a link");
    BOOST_TEST(!checkpoint_intact(folder));
    std::filesystem::remove(file);
    std::filesystem::rename(elsewhere, file);
  }
  write_file(folder + "/README.md", "notes for people");
  load_model(folder);
}

BOOST_AUTO_TEST_CASE(a_full_disk_loses_nothing_that_was_saved) {
  const Trained trained;
  const std::string weights = bytes_of(trained.file(3, "model.safetensors"));
  for (const std::uint64_t bytes : {0U, 100U, 700U}) {
    const FullDisk disk(bytes);
    const Error fault =
        strata::test::thrown([&] { TinyTask::train(trained.recipe(R"({"max_updates": 4})"), trained.run_path()); });
    BOOST_TEST(fault.code() == "E_IO_WRITE");
    BOOST_TEST((fault.exit() == Exit::io));
  }
  BOOST_TEST(RunFolder(trained.run_path()).checkpoints() == (std::vector<std::int64_t>{1, 2, 3}),
             boost::test_tools::per_element());
  for (const auto& entry : std::filesystem::directory_iterator(trained.run_path())) {
    BOOST_TEST(entry.path().filename().string().find(".tmp-") == std::string::npos);
  }
  BOOST_TEST(RunFolder(trained.run_path()).latest().value() == 3);
  verify_checkpoint(trained.folder(3));
  BOOST_TEST((bytes_of(trained.file(3, "model.safetensors")) == weights));
}

// Where a user's word leads: a link, a run, a folder of work is refused as it is; an empty folder is filled, a
// checkpoint with nothing else in it is replaced, by whatever name.
BOOST_AUTO_TEST_CASE(an_output_folder_is_new_or_empty_or_a_checkpoint) {
  namespace fs = std::filesystem;
  const Trained trained;
  const LoadedModel model = load_model(trained.run_path());
  const std::string at = trained.path("");
  const auto refused = [&](const std::string& output, const std::string& text) {
    const Error fault = strata::test::thrown([&] { save_model(model, output); });
    BOOST_TEST(fault.code() == "E_IO_OUTPUT", output);
    BOOST_TEST((fault.exit() == Exit::io));
    BOOST_TEST(fault.message().find(text) != std::string::npos, fault.what());
  };
  fs::create_directories(at + "thesis/sub");
  write_file(at + "thesis/sub/work.txt", "years");
  write_file(at + "work.txt", "years");
  fs::create_directory_symlink("thesis", at + "link");
  fs::create_directory_symlink("nowhere", at + "dangling");
  fs::create_directory(at + "empty");
  for (const char* end : {"", "/", "//", "/.", "/./"}) {
    refused(at + "thesis" + end, "holds \"sub\" and is no checkpoint");
    refused(at + "link" + end, "is a link");
    refused(at + "run" + end, "and is no checkpoint");
    refused(at + "run/best" + end, "is a link");
  }
  refused(at + "dangling", "is a link");
  refused(at + "work.txt", "is no folder");
  refused(at + "thesis/sub/..", "holds \"sub\"");
  for (const char* name : {"checkpoint-3", "checkpoint-9"}) refused(at + "run/" + name, "belongs to the run");
  BOOST_TEST(bytes_of(at + "thesis/sub/work.txt") == "years");
  BOOST_TEST(bytes_of(at + "work.txt") == "years");
  verify_checkpoint(trained.folder(3));

  const fs::path before = fs::current_path();
  fs::current_path(at + "thesis/sub");
  refused(".", "holds \"work.txt\"");
  fs::current_path(at + "empty");
  save_model(model, ".");  // filled: a shell that stands in it sees the checkpoint
  verify_checkpoint(".");
  refused(".", "the current folder, which cannot be replaced");
  fs::current_path(before);
  for (const char* name : {"empty", "fresh/", "fresh", "deep/down/fresh/.", "run/mean"}) {
    save_model(model, at + name);
    verify_checkpoint(at + name);
    save_model(model, at + name);
    verify_checkpoint(at + name);
    BOOST_TEST(!fs::exists(at + name + "/.unfinished"));
  }
  // What came into a checkpoint since, of any kind, keeps it.
  write_file(at + "fresh/notes.txt", "years");
  refused(at + "fresh", "holds \"notes.txt\", which is no part of the checkpoint");
  fs::remove(at + "fresh/notes.txt");
  fs::remove(at + "fresh/config.json");
  fs::create_directory(at + "fresh/config.json");
  refused(at + "fresh", "holds \"config.json\", which is no file");
  fs::remove(at + "fresh/config.json");  // a damaged checkpoint is one of ours
  save_model(model, at + "fresh");
  verify_checkpoint(at + "fresh");
}

// A pipe, a device, a socket or a folder where a file is looked for is an error at once.
BOOST_AUTO_TEST_CASE(what_is_no_file_is_never_waited_for) {
  namespace fs = std::filesystem;
  const Trained trained;
  for (const char* name :
       {"config.json", "model.safetensors", "source.vocab.txt", "trainer_state.json", "manifest.json"}) {
    const std::string path = trained.file(3, name), whole = bytes_of(path);
    for (const bool pipe : {true, false}) {
      fs::remove(path);
      if (pipe) {
        BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
      } else {
        fs::create_directory(path);
      }
      strata::test::check_throws([&] { verify_checkpoint(trained.folder(3)); }, "E_CHECKPOINT_DAMAGED", path);
      strata::test::check_throws([&] { load_model(trained.run_path(), "latest"); }, "E_CHECKPOINT_DAMAGED", path);
      strata::test::check_throws([&] { read_file(path); }, pipe ? "E_IO_KIND" : "E_IO_FOLDER", path,
                                 pipe ? "is a pipe, a regular file is needed" : "is a folder");
      strata::test::check_throws([&] { SafetensorsFile file(path); }, pipe ? "E_IO_KIND" : "E_IO_FOLDER", path);
    }
    fs::remove(path);
    write_file(path, whole);
  }
  strata::test::check_throws([&] { read_file("/dev/null"); }, "E_IO_KIND", "/dev/null", "is a device");
  // A process substitution of the user's shell is a pipe that is open already.
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  BOOST_REQUIRE(write(ends[1], "{}", 2) == 2);
  close(ends[1]);
  BOOST_TEST(read_file("/dev/fd/" + std::to_string(ends[0])) == "{}");
  close(ends[0]);
}

BOOST_AUTO_TEST_CASE(parameters_of_another_model_are_refused_by_name) {
  const Trained trained;
  const std::string file = trained.file(3, "model.safetensors");
  TinyModel wide({}, {pair_sizes(9, 10)});
  wide.materialise(1);
  const Error shape = strata::test::thrown([&] { load_parameters(file, wide.parameters()); });
  BOOST_TEST(shape.code() == "E_CHECKPOINT_SHAPE");
  BOOST_TEST(shape.message().find("table is [9,9] in the file, [10,10] is needed") != std::string::npos);
  const TinyModel declared({}, {pair_sizes(9, 10)});
  strata::test::check_throws([&] { detail::check_parameters(file, declared.parameters()); }, "E_CHECKPOINT_SHAPE",
                             file);
  detail::check_parameters(file, TinyModel({}, {pair_sizes(9, 9)}).parameters());
  TinyModel more({0, 0, 3}, {pair_sizes(9, 9)});
  more.materialise(1);
  strata::test::check_throws([&] { load_parameters(file, more.parameters()); }, "E_CHECKPOINT_PARAMETERS", file,
                             "lacks unused");
  const std::vector<NamedParameter> fewer{more.parameters()[0]};
  strata::test::check_throws([&] { load_parameters(file, fewer); }, "E_CHECKPOINT_PARAMETERS", file, "has bag");
}

BOOST_AUTO_TEST_SUITE_END()
