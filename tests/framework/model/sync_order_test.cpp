// Kill -9 leaves what the kernel holds, a power cut does not: the order of write, fsync and rename is recorded and
// compared. The functions below stand before the C library's own for the whole process, libstrata included.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

#include "framework/train/tiny.hpp"
#include "strata/checkpoint/run_folder.hpp"
#include "strata/run/load_model.hpp"
#include "throws.hpp"

namespace {

struct Event {
  enum What { write, sync, rename } what;
  std::string path, to;  // to: of a rename
  bool folder = false;   // a rename of one
};

// On while a test wants it.
struct Record {
  std::mutex mutex;
  bool on = false;
  std::vector<Event> events;
  std::string refused;   // a path that cannot be opened
  int reason = 0;        // errno of that
  bool exchange = true;  // whether the file system can
};

Record& record() {
  static auto* one = new Record;
  return *one;
}

std::string path_of(int descriptor) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = readlink(link.c_str(), path.data(), path.size());
  return length < 0 ? std::string() : std::string(path.data(), static_cast<std::size_t>(length));
}

void note(Event::What what, int descriptor) {
  Record& now = record();
  if (!now.on) return;
  const std::lock_guard lock(now.mutex);
  now.events.push_back({what, path_of(descriptor), {}, false});
}

void note_rename(const char* from, const char* to) {
  Record& now = record();
  if (!now.on) return;
  const auto plain = [](const char* path) { return std::filesystem::absolute(path).lexically_normal().string(); };
  const std::lock_guard lock(now.mutex);
  now.events.push_back({Event::rename, plain(from), plain(to), std::filesystem::is_directory(plain(to))});
}

}  // namespace

#pragma GCC visibility push(default)  // seen by the libraries that were linked
extern "C" {

ssize_t write(int file, const void* data, size_t size) {
  note(Event::write, file);
  return syscall(SYS_write, file, data, size);
}

ssize_t writev(int file, const struct iovec* blocks, int count) {
  note(Event::write, file);
  return syscall(SYS_writev, file, blocks, count);
}

int fsync(int file) {
  note(Event::sync, file);
  return static_cast<int>(syscall(SYS_fsync, file));
}

int rename(const char* from, const char* to) noexcept {
  const auto done = static_cast<int>(syscall(SYS_rename, from, to));
  if (done == 0) note_rename(from, to);
  return done;
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (record().on && !record().exchange) {
    errno = EINVAL;
    return -1;
  }
  const auto done = static_cast<int>(syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
  if (done == 0) note_rename(from, to);
  return done;
}

int open(const char* path, int flags, ...) {
  unsigned mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, unsigned);
    va_end(more);
  }
  const Record& now = record();
  if (now.on && !now.refused.empty() && now.refused == path) {
    errno = now.reason;
    return -1;
  }
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // extern "C"
#pragma GCC visibility pop

using namespace strata_test;

namespace {

// Writes as authors' tokenizers may: through a stream, which syncs nothing.
class StreamTokenizer : public TinyTokenizer {
 public:
  using TinyTokenizer::TinyTokenizer;
  std::vector<std::string> save(const std::string& folder, const std::string& prefix) const override {
    std::vector<std::string> names = TinyTokenizer::save(folder, prefix);
    for (const std::string& name : names) {
      const std::string bytes = bytes_of(folder + "/" + name);
      std::ofstream(folder + "/" + name, std::ios::binary) << bytes;
    }
    return names;
  }
};

class Watch {
 public:
  Watch() {
    record().events.clear();
    record().on = true;
  }
  ~Watch() {
    record().on = false;
    record().refused.clear();
    record().exchange = true;
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

std::string parent(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

// What breaks the rules: a file is renamed only after an fsync that came after its last write; a folder only after
// every file in it and the folder itself; and the folder that a name stands in is synced afterwards.
std::vector<std::string> faults_of(const std::vector<Event>& events, const std::string& below) {
  std::vector<std::string> faults;
  std::set<std::string> dirty;                // written, and not synced since
  std::map<std::string, std::string> unsaid;  // folders whose names changed since their last fsync, and the last name
  int files = 0, folders = 0;
  for (const Event& event : events) {
    if (event.path.compare(0, below.size(), below) != 0) continue;
    switch (event.what) {
      case Event::write: dirty.insert(event.path); break;
      case Event::sync:
        dirty.erase(event.path);
        unsaid.erase(event.path);
        break;
      case Event::rename: {
        const std::string name = std::filesystem::path(event.to).filename().string();
        if (name.find(".tmp-") != std::string::npos) break;  // on its way out
        (event.folder ? folders : files) += 1;
        for (const std::string& path : dirty) {
          const bool moved = path == event.path || path.compare(0, event.path.size() + 1, event.path + "/") == 0;
          if (moved) faults.push_back(path + " was renamed before it was synced");
          // The manifest vouches for the files beside it.
          const bool vouched = event.to == parent(event.to) + "/manifest.json" && parent(path) == parent(event.to);
          if (vouched && !moved) faults.push_back(path + " was not synced when its manifest came");
        }
        if (event.folder && unsaid.count(event.path) != 0) {
          faults.push_back(event.path + " was renamed before its names were synced: " + unsaid[event.path]);
        }
        unsaid[parent(event.to)] = event.to;
        break;
      }
    }
  }
  for (const auto& [folder, name] : unsaid) {
    if (std::filesystem::exists(folder)) faults.push_back(folder + " was not synced after " + name + " came into it");
  }
  BOOST_TEST_MESSAGE(events.size() << " events, " << files << " files and " << folders << " folders renamed");
  BOOST_TEST(files > 0);
  return faults;
}

class Task : public TinyTask {
 public:
  Task() {
    static const bool once = [] {
      default_registry().add<Tokenizer, StreamTokenizer>("stream_words", "of the tests");
      return true;
    }();
    (void)once;
  }
  Config streamed(const std::string& train) const {
    Config config = recipe(train);
    config.put("tokenizer", "stream_words");
    return config;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sync_order)

BOOST_AUTO_TEST_CASE(checkpoints_of_a_run) {
  const Task task;
  const Watch watch;
  TinyTask::train(task.streamed(R"({"max_updates": 3, "checkpoint_every": 1, "keep_checkpoints": 1})"),
                  task.run_path());
  BOOST_TEST(faults_of(record().events, task.path()) == std::vector<std::string>{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(folders_that_a_user_names) {
  const Task task;
  TinyTask::train(task.streamed(R"({"max_updates": 1})"), task.run_path());
  const LoadedModel model = load_model(task.run_path());
  std::filesystem::create_directory(task.path("empty"));
  for (const bool exchange : {true, false}) {
    for (const char* name : {"new", "new", "empty", "empty"}) {  // made, replaced, filled, replaced
      const Watch watch;
      record().exchange = exchange;
      save_model(model, task.path(name));
      BOOST_TEST(faults_of(record().events, task.path()) == std::vector<std::string>{},
                 boost::test_tools::per_element());
      verify_checkpoint(task.path(name));
    }
  }
  for (const auto& entry : std::filesystem::directory_iterator(task.path(""))) {
    BOOST_TEST(entry.path().filename().string().find(".tmp-") == std::string::npos);
  }
}

// What cannot be opened may be whole: exit 8, and nobody is told to remove it or led to another one.
BOOST_AUTO_TEST_CASE(what_cannot_be_opened_is_not_called_damaged) {
  const Task task;
  const auto more = [&](const char* updates) { TinyTask::train(task.streamed(updates), task.run_path()); };
  more(R"({"max_updates": 3, "checkpoint_every": 1})");
  const std::string folder = task.run_path() + "/checkpoint-3/";
  for (const char* name :
       {"manifest.json", "config.json", "model.safetensors", "source.vocab.txt", "optimizer.safetensors"}) {
    for (const int reason : {EMFILE, ENFILE, EACCES, EIO}) {
      const Watch watch;
      record().refused = folder + name;
      record().reason = reason;
      for (const bool training : {true, false}) {
        if (!training && std::string(name) == "optimizer.safetensors") continue;
        const Error fault = strata::test::thrown([&] {
          if (training) return more(R"({"max_updates": 4})");
          (void)load_model(task.run_path(), "latest");
        });
        BOOST_TEST(fault.code() == "E_IO_READ");
        BOOST_TEST((fault.exit() == Exit::io));
        BOOST_TEST(fault.place() == folder + name);
        BOOST_TEST(fault.hint() == "");
      }
    }
  }
  more(R"({"max_updates": 4})");
  BOOST_TEST(RunFolder(task.run_path()).latest().value() == 4);
}

BOOST_AUTO_TEST_SUITE_END()
