// Reads a search case: a model, a machine made of tables, and the peer's price of plans.
#include "absl/strings/str_cat.h"
#include "configs/formats/oracle_schemas.h"

namespace tessera {
namespace {

constexpr double kGigabyte = 1e9;

// One of the lists of plans, by column name.
class Rows {
 public:
  Rows(const YamlValue& root, FieldReader& fields)
      : root_(root), fields_(fields), columns_(RequiredList(root, "columns", fields)) {}

  bool Has(absl::string_view name) const { return Index(name) < columns_.size(); }
  bool Require(absl::string_view name) {
    if (Has(name)) return true;
    fields_.Fail(root_, absl::StrCat("columns: \"", name, "\" is missing"));
    return false;
  }
  // Null, after a fault, where the row is too short.
  const YamlValue* At(const YamlValue& row, absl::string_view name, absl::string_view key) {
    const size_t index = Index(name);
    if (index < row.items.size()) return &row.items[index];
    fields_.Fail(row, absl::StrCat(key, ": found a row of ", row.items.size(),
                                   " entries; accepted: one for each of `columns`"));
    return nullptr;
  }
  double Amount(const YamlValue& row, absl::string_view name, absl::string_view key) {
    const YamlValue* value = At(row, name, key);
    return value == nullptr ? 0 : fields_.Amount(*value, name).value_or(0);
  }
  int Integer(const YamlValue& row, absl::string_view name, absl::string_view key) {
    const YamlValue* value = At(row, name, key);
    return value == nullptr ? 0 : static_cast<int>(fields_.Count(*value, name).value_or(0));
  }
  bool Flag(const YamlValue& row, absl::string_view name, absl::string_view key) {
    const YamlValue* value = At(row, name, key);
    return value != nullptr && fields_.Bool(*value, name).value_or(false);
  }

 private:
  size_t Index(absl::string_view name) const {
    size_t index = 0;
    while (index < columns_.size() && columns_[index].scalar != name) ++index;
    return index;
  }

  const YamlValue& root_;
  FieldReader& fields_;
  const std::vector<YamlValue>& columns_;
};

TabulatedPlan PlanOf(const YamlValue& row, absl::string_view key, Rows& rows) {
  TabulatedPlan plan;
  plan.tensor = rows.Integer(row, "tensor_par", key);
  plan.pipeline = rows.Integer(row, "pipeline_par", key);
  plan.data = rows.Integer(row, "data_par", key);
  plan.tensor_network = rows.Integer(row, "tensor_par_net", key);
  plan.pipeline_network = rows.Integer(row, "pipeline_par_net", key);
  plan.data_network = rows.Integer(row, "data_par_net", key);
  plan.batch = rows.Integer(row, "batch_size", key);
  plan.micro_batch = rows.Integer(row, "microbatch_size", key);
  plan.interleaving = rows.Integer(row, "pipeline_interleaving", key);
  plan.shards_optimizer = rows.Flag(row, "optimizer_sharding", key);
  plan.gathers_again = rows.Flag(row, "seq_par_ag_redo", key);
  const YamlValue* recompute = rows.At(row, "activation_recompute", key);
  const std::string again = recompute == nullptr ? "" : recompute->scalar;
  plan.recompute = again == "full"        ? Recompute::kFull
                   : again == "attn_only" ? Recompute::kSelective
                                          : Recompute::kNone;
  const YamlValue* traffic = rows.At(row, "tensor_par_comm_type", key);
  const std::string kind = traffic == nullptr ? "" : traffic->scalar;
  plan.traffic = kind == "rs_ag"       ? TensorTraffic::kSplit
                 : kind == "p2p_rs_ag" ? TensorTraffic::kSplitBetweenStages
                                       : TensorTraffic::kAllReduce;
  return plan;
}

// `steps` in units of `unit`: [[least, share], ...].
TabulatedRate RateOf(const YamlValue& value, double per_second, absl::string_view steps,
                     double unit, FieldReader& fields) {
  TabulatedRate rate{.per_second = per_second, .steps = {}};
  for (const YamlValue& step : RequiredList(value, steps, fields)) {
    if (step.items.size() != 2) {
      fields.Fail(step, absl::StrCat(steps, ": accepted: [least size, efficiency]"));
      continue;
    }
    rate.steps.push_back({.least = fields.Amount(step.items[0], steps).value_or(0) * unit,
                          .share = fields.Amount(step.items[1], steps).value_or(1)});
  }
  if (rate.steps.empty()) fields.Fail(value, absl::StrCat(steps, ": accepted: one step or more"));
  return rate;
}

TabulatedNetwork NetworkOf(const YamlValue& value, FieldReader& fields) {
  TabulatedNetwork network;
  network.bytes_per_second = RequiredAmount(value, "bandwidth", fields) * kGigabyte *
                             RequiredAmount(value, "efficiency", fields);
  network.latency_seconds = RequiredAmount(value, "latency", fields);
  network.size = static_cast<int>(RequiredAmount(value, "size", fields));
  if (const YamlValue* filled = value.Find("must_be_filled")) {
    network.must_be_filled = fields.Bool(*filled, "must_be_filled").value_or(false);
  }
  constexpr const char* kOps[kTabulatedOpCount] = {"p2p", "reduce_scatter", "all_gather",
                                                   "all_reduce"};
  const YamlValue* ops = value.Find("ops");
  for (size_t i = 0; ops != nullptr && i < kTabulatedOpCount; ++i) {
    const std::vector<YamlValue>& pair = RequiredList(*ops, kOps[i], fields);
    if (pair.size() != 2) continue;
    network.factors[i].factor = fields.Amount(pair[0], kOps[i]).value_or(1);
    // A share of minus one over the members, or nothing.
    network.factors[i].offset = pair[1].scalar == "-1" ? -1 : 0;
  }
  return network;
}

// The engine's only number format.
const YamlValue* EngineOf(const YamlValue& system, absl::string_view name) {
  const YamlValue* engine = system.Find(name);
  return engine == nullptr || engine->members.empty() ? nullptr : &engine->members[0].value;
}

void ReadMachine(const YamlValue& system, TabulatedMachine& machine, FieldReader& fields) {
  const YamlValue* matrix = EngineOf(system, "matrix");
  const YamlValue* vector = EngineOf(system, "vector");
  const YamlValue* memory = system.Find("mem1");
  if (matrix == nullptr || vector == nullptr || memory == nullptr) {
    return fields.Fail(system, "system: accepted: matrix, vector, mem1, networks");
  }
  const auto flops = [&](const YamlValue& engine) {
    return RateOf(engine, RequiredAmount(engine, "tflops", fields) * 1e12, "gflops_efficiency", 1e9,
                  fields);
  };
  machine.matrix = flops(*matrix);
  machine.vector = flops(*vector);
  machine.memory = RateOf(*memory, RequiredAmount(*memory, "GBps", fields) * kGigabyte,
                          "MB_efficiency", 1e6, fields);
  machine.memory_bytes = RequiredAmount(*memory, "GiB", fields) * (1 << 30);
  for (const YamlValue& network : RequiredList(system, "networks", fields)) {
    machine.networks.push_back(NetworkOf(network, fields));
  }
}

void ReadModel(const YamlValue& value, TabulatedModel& model, FieldReader& fields) {
  model.hidden = RequiredAmount(value, "hidden", fields);
  model.feedforward = RequiredAmount(value, "feedforward", fields);
  model.sequence = RequiredAmount(value, "seq_size", fields);
  model.heads = RequiredAmount(value, "attn_heads", fields);
  model.head_size = RequiredAmount(value, "attn_size", fields);
  model.blocks = static_cast<int>(RequiredAmount(value, "num_blocks", fields));
}

void AddSpacePoints(const YamlValue& root, double best_within, OracleCase& out, Rows& rows,
                    FieldReader& fields) {
  for (const char* key : {"evaluated", "feasible"}) {
    out.points.push_back({.name = key,
                          .quantity = "plans",
                          .unit = "plans",
                          .expected = RequiredAmount(root, key, fields),
                          .tolerance = 0});
  }
  const std::vector<YamlValue>& ranked = RequiredList(root, "ranked", fields);
  if (ranked.empty()) return fields.Fail(root, "ranked: accepted: one plan or more");
  const double rate = rows.Amount(ranked[0], "sample_rate", "ranked");
  out.points.push_back({.name = "best",
                        .quantity = "sample_rate",
                        .unit = "samples/s",
                        .expected = rate,
                        .tolerance = best_within * rate});
}

struct PlanTolerances {
  double time = 0, memory = 0;  // Relative.
};

struct PlaceInList {
  const char* list;
  int number = 0;
  PlanTolerances tolerances{};
};

// One plan of a list: its time, and its memory where the case can be run.
void AddPlan(const YamlValue& row, const PlaceInList& place, OracleCase& out, Rows& rows) {
  const std::string name = absl::StrCat(place.list, place.number);
  const double seconds = rows.Amount(row, "total_time", place.list);
  out.points.push_back({.name = name,
                        .quantity = "total_time",
                        .unit = "s",
                        .expected = seconds,
                        .tolerance = place.tolerances.time * seconds});
  if (!out.search) return;
  const double bytes = rows.Amount(row, "proc_mem_tier1_cap_req", place.list);
  out.points.push_back({.name = absl::StrCat(name, "/memory"),
                        .quantity = "memory",
                        .unit = "bytes",
                        .expected = bytes,
                        .tolerance = place.tolerances.memory * bytes});
  out.search->plans.push_back(PlanOf(row, place.list, rows));
}

}  // namespace

void ReadSearchCase(const YamlValue& root, OracleCase& out, FieldReader& fields) {
  if (const YamlValue* name = root.Find("name")) out.name = name->scalar;
  const YamlValue* tolerance = root.Find("tolerance");
  if (tolerance == nullptr) return fields.Fail(root, "key \"tolerance\" is missing");
  const double relative = RequiredAmount(*tolerance, "total_time_rel", fields);
  Rows rows(root, fields);
  if (!rows.Require("total_time")) return;
  const YamlValue* model = root.Find("model");
  const YamlValue* system = root.Find("system");
  const bool complete = model != nullptr && system != nullptr;
  if (complete) {
    SearchOracle& search = out.search.emplace();
    ReadModel(*model, search.model, fields);
    ReadMachine(*system, search.machine, fields);
    search.processors = static_cast<int>(RequiredAmount(root, "processors", fields));
    search.max_batch = static_cast<int>(RequiredAmount(root, "max_batch", fields));
  }
  const PlanTolerances within = {
      .time = relative,
      .memory = complete ? RequiredAmount(*tolerance, "memory_rel", fields) : relative};
  for (const char* key : {"ranked", "sample"}) {
    int number = 0;
    for (const YamlValue& row : RequiredList(root, key, fields)) {
      AddPlan(row, {.list = key, .number = number++, .tolerances = within}, out, rows);
    }
  }
  if (complete) {
    AddSpacePoints(root, RequiredAmount(*tolerance, "best_found_within_rel", fields), out, rows,
                   fields);
  }
}

}  // namespace tessera
