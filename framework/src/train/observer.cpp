// The fan-out; keeps Observer's type information in the library.
#include "strata/train/observer.hpp"

#include <utility>

#include "strata/core/error.hpp"
#include "strata/core/log.hpp"

namespace strata {
namespace {

// An observer whose writes may fail (a log on a full disk): the first failure is thrown, the next ones are not, and it
// is asked again, as there may be room later.
class Forgiven final : public Observer {
 public:
  explicit Forgiven(std::shared_ptr<Observer> observer) : observer_(std::move(observer)) {}

  void begin(const RunReport& report) override {
    call([&] { observer_->begin(report); });
  }
  void update(const UpdateReport& report) override {
    call([&] { observer_->update(report); });
  }
  void validation(const ValidationReport& report) override {
    call([&] { observer_->validation(report); });
  }
  void message(Severity severity, const std::string& text) override {
    call([&] { observer_->message(severity, text); });
  }
  void end(const EndReport& report) override {
    call([&] { observer_->end(report); });
  }

 private:
  template <class Call>
  void call(Call&& to) {
    try {
      to();
    } catch (const Error& fault) {
      if (fault.code() != "E_IO_WRITE" || !std::exchange(failed_, true)) throw;
    }
  }

  std::shared_ptr<Observer> observer_;
  bool failed_ = false;
};

using List = std::vector<std::shared_ptr<Observer>>;

void warn(const List& observers, const std::string& text);

// A write that failed ends no training: it is a warning to all that can still write.
template <class Call>
void each(const List& observers, Call&& call) {
  std::vector<std::string> warnings;
  for (const auto& observer : observers) {
    try {
      call(*observer);
    } catch (const Error& fault) {
      if (fault.code() != "E_IO_WRITE") throw;
      warnings.push_back(fault.place() + " " + fault.message() + "; the training goes on without it");
    }
  }
  for (const std::string& warning : warnings) warn(observers, warning);
}

void warn(const List& observers, const std::string& text) {
  if (observers.size() == 1) log_warning(text);
  each(observers, [&](Observer& observer) { observer.message(Severity::warning, text); });
}

}  // namespace

Observer::~Observer() = default;

void Observers::add(std::shared_ptr<Observer> observer) {
  observers_.push_back(std::make_shared<Forgiven>(std::move(observer)));
}

void Observers::begin(const RunReport& report) {
  each(observers_, [&](Observer& observer) { observer.begin(report); });
}

void Observers::update(const UpdateReport& report) {
  each(observers_, [&](Observer& observer) { observer.update(report); });
}

void Observers::validation(const ValidationReport& report) {
  each(observers_, [&](Observer& observer) { observer.validation(report); });
}

void Observers::message(Severity severity, const std::string& text) {
  each(observers_, [&](Observer& observer) { observer.message(severity, text); });
}

void Observers::end(const EndReport& report) {
  each(observers_, [&](Observer& observer) { observer.end(report); });
}

}  // namespace strata
