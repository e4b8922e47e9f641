#include "report/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/status_macros.h"
#include "report/html.h"
#include "report/result_json.h"
#include "report/trace.h"

namespace tessera {
namespace {

absl::Status WriteFile(const std::string& path, const std::string& text) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(path, ": cannot be written: ", std::strerror(errno)));
}

}  // namespace

absl::Status WriteReportFile(const std::string& directory, const std::string& name,
                             const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat(directory, ": cannot be made: ", error.message()));
  }
  return WriteFile(absl::StrCat(directory, "/", name), text);
}

absl::Status WriteRunFiles(const RunReport& report, const std::string& directory) {
  TESSERA_RETURN_IF_ERROR(WriteReportFile(directory, "result.json", ResultJson(report)));
  TESSERA_RETURN_IF_ERROR(WriteReportFile(directory, "trace.json", TraceJson(report.result)));
  return WriteReportFile(directory, "report.html", ReportHtml(report));
}

}  // namespace tessera
