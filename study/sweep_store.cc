#include "study/sweep_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

namespace fs = std::filesystem;

struct NumberColumn {
  const char* name;
  std::optional<double> SweepRow::*value;
};
constexpr std::array<NumberColumn, 7> kNumbers = {{
    {"makespan_s", &SweepRow::makespan_s},
    {"step_time_s", &SweepRow::step_time_s},
    {"time_to_first_token_s", &SweepRow::time_to_first_token_s},
    {"time_per_output_token_s", &SweepRow::time_per_output_token_s},
    {"tokens_per_s", &SweepRow::tokens_per_s},
    {"mfu", &SweepRow::mfu},
    {"bus_bandwidth_bytes_per_s", &SweepRow::bus_bandwidth_bytes_per_s},
}};

struct TextColumn {
  const char* name;
  std::string SweepRow::*value;
};
constexpr std::array<TextColumn, 5> kTexts = {{
    {"key", &SweepRow::key},
    {"overrides", &SweepRow::overrides},
    {"status", &SweepRow::status},
    {"message", &SweepRow::message},
    {"bottleneck", &SweepRow::bottleneck},
}};

absl::Status WriteError(const std::string& path) {
  return absl::InternalError(absl::StrCat("cannot write ", path, ": ", std::strerror(errno)));
}

class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path) {
    auto database = std::make_unique<Database>();
    if (sqlite3_open(path.c_str(), &database->handle_) != SQLITE_OK) {
      return database->Error(absl::StrCat("opening ", path));
    }
    sqlite3_busy_timeout(database->handle_, 10'000);
    return database;
  }
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    sqlite3_finalize(insert_);
    sqlite3_close(handle_);
  }

  absl::Status Run(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) {
      return absl::OkStatus();
    }
    return Error(sql);
  }
  absl::Status Prepare(const std::string& sql) {
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &insert_, nullptr) == SQLITE_OK) {
      return absl::OkStatus();
    }
    return Error(sql);
  }
  absl::Status Insert(const SweepRow& row) {
    int at = 0;
    for (const TextColumn& column : kTexts) {
      const std::string& text = row.*column.value;
      sqlite3_bind_text(insert_, ++at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
    }
    for (const NumberColumn& column : kNumbers) {
      const std::optional<double>& number = row.*column.value;
      ++at;
      if (number.has_value()) {
        sqlite3_bind_double(insert_, at, *number);
      } else {
        sqlite3_bind_null(insert_, at);
      }
    }
    sqlite3_bind_int64(insert_, ++at, row.events);
    sqlite3_bind_double(insert_, ++at, row.cpu_s);
    if (sqlite3_step(insert_) != SQLITE_DONE) return Error("inserting a row");
    sqlite3_reset(insert_);
    return absl::OkStatus();
  }

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InternalError(absl::StrCat("SQLite, ", what, ": ", sqlite3_errmsg(handle_)));
  }

  sqlite3* handle_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

std::string TableSql() {
  std::string sql = "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY";
  for (size_t i = 1; i < kTexts.size(); ++i) absl::StrAppend(&sql, ", ", kTexts[i].name, " TEXT");
  for (const NumberColumn& column : kNumbers) absl::StrAppend(&sql, ", ", column.name, " REAL");
  return absl::StrCat(sql, ", events INTEGER, cpu_s REAL)");
}

std::string InsertSql() {
  std::string marks = "?";
  for (size_t i = 1; i < kTexts.size() + kNumbers.size() + 2; ++i) marks += ", ?";
  return absl::StrCat("INSERT OR REPLACE INTO results VALUES (", marks, ")");
}

void ReadShard(const fs::path& path, absl::btree_map<std::string, SweepRow>& rows) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  while (std::getline(file, line)) {
    if (file.eof()) return;  // Torn: its end was never written.
    absl::StatusOr<SweepRow> row = ParseSweepRow(line);
    if (row.ok()) rows.try_emplace(row->key, *std::move(row));
  }
}

}  // namespace

std::string SweepRowJson(const SweepRow& row) {
  nlohmann::ordered_json json;
  for (const TextColumn& column : kTexts) json[column.name] = row.*column.value;
  for (const NumberColumn& column : kNumbers) {
    const std::optional<double>& number = row.*column.value;
    if (number.has_value()) json[column.name] = *number;
  }
  json["events"] = row.events;
  json["cpu_s"] = row.cpu_s;
  return json.dump();
}

absl::StatusOr<SweepRow> ParseSweepRow(const std::string& line) {
  const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto has = [&json](const char* name, bool text) {
    return json.is_object() && json.contains(name) &&
           (text ? json[name].is_string() : json[name].is_number());
  };
  SweepRow row;
  for (const TextColumn& column : kTexts) {
    if (!has(column.name, true)) {
      return absl::DataLossError(absl::StrCat("a line without ", column.name));
    }
    row.*column.value = json[column.name].get<std::string>();
  }
  for (const NumberColumn& column : kNumbers) {
    if (has(column.name, false)) row.*column.value = json[column.name].get<double>();
  }
  if (!has("events", false) || !has("cpu_s", false)) {
    return absl::DataLossError("a line without events or cpu_s");
  }
  row.events = json["events"].get<int64_t>();
  row.cpu_s = json["cpu_s"].get<double>();
  return row;
}

SweepStore::SweepStore(std::string directory)
    : directory_(std::move(directory)), opened_(std::time(nullptr)) {}

absl::Status SweepStore::MakeDirectories() const {
  std::error_code error;
  fs::create_directories(fs::path(directory_) / "shards", error);
  if (!error) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("cannot make ", directory_, "/shards: ", error.message()));
}

std::string SweepStore::ShardPath() const {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return absl::StrCat(directory_, "/shards/", host.data(), ".", getpid(), ".", opened_, ".jsonl");
}

absl::Status SweepStore::Append(const SweepRow& row) const {
  const std::string path = ShardPath();
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return WriteError(path);
  const std::string line = SweepRowJson(row) + "\n";
  const bool whole = write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const absl::Status status = whole ? absl::OkStatus() : WriteError(path);
  close(file);
  return status;
}

absl::StatusOr<absl::btree_map<std::string, SweepRow>> SweepStore::Read() const {
  absl::btree_map<std::string, SweepRow> rows;
  std::error_code error;
  std::vector<fs::path> shards;
  for (const auto& entry : fs::directory_iterator(fs::path(directory_) / "shards", error)) {
    if (entry.path().extension() == ".jsonl") shards.push_back(entry.path());
  }
  std::sort(shards.begin(), shards.end());
  for (const fs::path& shard : shards) ReadShard(shard, rows);
  return rows;
}

absl::Status SweepStore::Merge(const absl::btree_map<std::string, SweepRow>& rows) const {
  TESSERA_ASSIGN_OR_RETURN(const auto database, Database::Open(directory_ + "/results.sqlite"));
  TESSERA_RETURN_IF_ERROR(database->Run("BEGIN IMMEDIATE"));
  TESSERA_RETURN_IF_ERROR(database->Run(TableSql()));
  TESSERA_RETURN_IF_ERROR(database->Prepare(InsertSql()));
  for (const auto& [key, row] : rows) TESSERA_RETURN_IF_ERROR(database->Insert(row));
  return database->Run("COMMIT");
}

}  // namespace tessera
