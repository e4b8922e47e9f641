#include "study/noc_case.h"

#include <limits>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/status_macros.h"

namespace tessera {
namespace {

// What keys must say, since nothing else is modelled.
constexpr std::pair<const char*, const char*> kFixedKeys[] = {
    {"alloc_iters", "1"},
    {"injection_process", "bernoulli"},
    {"injection_rate_uses_flits", "1"},
    {"internal_speedup", "1.0"},
    {"output_speedup", "1"},
    {"routing_delay", "0"},
    {"sim_type", "latency"},
    {"speculative", "0"},
    {"sw_alloc_delay", "1"},
    {"sw_allocator", "islip"},
    {"use_read_write", "0"},
    {"vc_alloc_delay", "1"},
    {"vc_allocator", "islip"},
    {"wait_for_tail_credit", "0"},
};

absl::Status Unknown(absl::string_view key, absl::string_view found, absl::string_view accepted) {
  return absl::UnimplementedError(
      absl::StrCat("config: ", key, ": found ", found, "; accepted: ", accepted));
}

// Takes the keys of a configuration one by one, so that what is left is not known.
class Config {
 public:
  explicit Config(const NocOracle& oracle) : left_(oracle.config) {}

  std::string Text(const std::string& key, absl::string_view otherwise) {
    const auto place = left_.find(key);
    if (place == left_.end()) return std::string(otherwise);
    std::string value = std::move(place->second);
    left_.erase(place);
    return value;
  }

  int Count(const std::string& key, int otherwise) {
    const std::string text = Text(key, absl::StrCat(otherwise));
    int number = 0;
    if (!absl::SimpleAtoi(text, &number) || number < 0) {
      status_.Update(Unknown(key, text, "a whole number"));
    }
    return number;
  }

  void CheckRest() {
    for (const auto& [key, accepted] : kFixedKeys) {
      const std::string found = Text(key, accepted);
      if (found != accepted) status_.Update(Unknown(key, found, accepted));
    }
    for (const auto& [key, value] : left_) {
      status_.Update(absl::UnimplementedError(absl::StrCat("config: key ", key, " is not known")));
    }
  }
  const absl::Status& status() const { return status_; }

 private:
  std::map<std::string, std::string> left_;
  absl::Status status_;
};

absl::StatusOr<NocParams> NetworkOf(Config& config) {
  NocParams params;
  const std::string topology = config.Text("topology", "torus");
  params.wraps = topology == "torus";
  if (!params.wraps && topology != "mesh") return Unknown("topology", topology, "mesh, torus");
  const std::string routing = config.Text("routing_function", "none");
  const char* known_routing = params.wraps ? "dim_order" : "dor";
  if (routing != known_routing) return Unknown("routing_function", routing, known_routing);
  const int extent = config.Count("k", 8);
  params.extents.assign(static_cast<size_t>(config.Count("n", 2)), extent);
  params.virtual_channels = config.Count("num_vcs", 16);
  params.buffer_flits = config.Count("vc_buf_size", 8);
  params.input_speedup = config.Count("input_speedup", 1);
  params.crossbar_cycles = config.Count("st_prepare_delay", 0) + config.Count("st_final_delay", 1);
  // The links that close the rings of a torus are as long as the others once it is folded, which
  // makes all of them twice as long as those of a mesh.
  params.link_cycles = config.Count("use_noc_latency", 1) != 0 && params.wraps ? 2 : 1;
  params.credit_cycles = config.Count("credit_delay", 0);
  TESSERA_RETURN_IF_ERROR(config.status());
  TESSERA_RETURN_IF_ERROR(CheckNoc(params));
  return params;
}

// Mean of `measure(seed)`.
template <typename Measure>
absl::StatusOr<double> MeanOver(const std::vector<uint64_t>& seeds, Measure measure) {
  double sum = 0;
  for (const uint64_t seed : seeds) {
    TESSERA_ASSIGN_OR_RETURN(const double value, measure(seed));
    sum += value;
  }
  return sum / static_cast<double>(seeds.size());
}

}  // namespace

absl::StatusOr<NocCase> NocCaseOf(const NocOracle& oracle) {
  Config config(oracle);
  TESSERA_ASSIGN_OR_RETURN(NocParams params, NetworkOf(config));
  TESSERA_ASSIGN_OR_RETURN(NocTraffic traffic,
                           ParseNocTraffic(config.Text("traffic", "uniform"), params));
  NocProtocol protocol;
  protocol.period_cycles = config.Count("sample_period", 1000);
  protocol.warmup_periods = config.Count("warmup_periods", 3);
  protocol.most_periods = config.Count("max_samples", 10);
  const int packet_flits = config.Count("packet_size", 1);
  config.CheckRest();
  TESSERA_RETURN_IF_ERROR(config.status());
  return NocCase{.load = {.network = std::move(params),
                          .traffic = std::move(traffic),
                          .packet_flits = packet_flits},
                 .protocol = protocol};
}

absl::StatusOr<std::vector<double>> RunNoc(const NocOracle& oracle) {
  TESSERA_ASSIGN_OR_RETURN(NocCase c, NocCaseOf(oracle));
  std::vector<double> answers;
  const auto latency = [&](uint64_t seed) -> absl::StatusOr<double> {
    c.load.seed = seed;
    TESSERA_ASSIGN_OR_RETURN(const NocMeasurement measured, MeasureNoc(c.load, c.protocol));
    return measured.settled ? measured.latency : std::numeric_limits<double>::infinity();
  };
  const auto saturation = [&](uint64_t seed) {
    c.load.seed = seed;
    return SaturationLoad(c.load, c.protocol);
  };
  for (size_t i = 0; i < oracle.loads.size(); ++i) {
    c.load.load = oracle.loads[i];
    TESSERA_ASSIGN_OR_RETURN(const double mean, MeanOver(oracle.seeds[i], latency));
    answers.push_back(mean);
  }
  const std::vector<uint64_t> one = {1};
  TESSERA_ASSIGN_OR_RETURN(const double mean,
                           MeanOver(oracle.seeds.empty() ? one : oracle.seeds[0], saturation));
  answers.push_back(mean);
  return answers;
}

}  // namespace tessera
