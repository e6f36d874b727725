// The child's side: every check is announced before it runs, and told when it is done.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "check/apart_words.hpp"
#include "check/progress.hpp"
#include "plugin/probe_words.hpp"
#include "strata/core/log.hpp"
#include "strata/plugin/host.hpp"

namespace strata {
namespace {

void say(const detail::CheckWord& word) {
  const std::string line = detail::text_of(word);
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t wrote = write(detail::kProbeWords, line.data() + done, line.size() - done);
    if (wrote <= 0) _exit(static_cast<int>(Exit::io));  // nobody listens
    done += static_cast<std::size_t>(wrote);
  }
}

void say_begins(const std::string& property) {
  detail::CheckWord word;
  word.begins = property;
  say(word);
}

void say_row(const CheckRow& row) {
  detail::CheckWord word;
  word.row = row;
  say(word);
}

void say_error(const Error& error) {
  detail::CheckWord word;
  word.error = error;
  say(word);
}

void run_job(const detail::CheckJob& job) {
  // What the checks and the component write there is removed by the parent, also when this process is killed. No other
  // thread is there yet.
  setenv("TMPDIR", job.scratch.c_str(), 1);
  PluginHost host;
  host.set_probing(false);  // this process is there to be lost, and its parent has tried them
  const LogLevel level = log_level();
  set_log_level(LogLevel::error);  // its parent has loaded the same, and said what there is to say
  for (const std::string& folder : job.apart.folders) host.add_directory(folder);
  host.add_default_directories();
  for (const std::string& file : job.apart.files) host.load(file);
  host.load(job.file);
  set_log_level(level);
  const detail::CheckProgress progress{[&](const std::string& property) {
                                         if (std::find(job.done.begin(), job.done.end(), property) != job.done.end())
                                           return false;
                                         say_begins(property);
                                         return true;
                                       },
                                       say_row};
  detail::set_check_progress(&progress);
  const std::string role = job.component.substr(0, job.component.find('/'));
  (void)check_component(role, job.spec, job.options, {default_registry(), &host});
  detail::set_check_progress(nullptr);
  detail::CheckWord last;
  last.done = true;
  say(last);
}

}  // namespace

int serve_check(const std::string& text) {
  try {
    run_job(detail::check_job_of(text));
  } catch (const Error& error) {
    say_error(error);
  } catch (const std::exception& fault) {
    say_error(Error("E_INTERNAL", "strata-check", fault.what()));
  } catch (...) {
    say_error(Error("E_INTERNAL", "strata-check", "something that is no exception class was thrown"));
  }
  return 0;
}

}  // namespace strata
