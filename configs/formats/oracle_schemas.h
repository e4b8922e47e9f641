// One reader for the cases of each oracle schema. `root` is the whole file, for what stands there
// once; faults go to `fields`.
#pragma once

#include "configs/formats/field_reader.h"
#include "configs/formats/oracles.h"

namespace tessera {

// fluid-maxmin-1: SimGrid with pure max-min sharing. Flows are [start_s, bytes, [links], finish_s].
void ReadFluidCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                   FieldReader& fields);
// astra-parity-1: ASTRA-sim's analytical network; times over ranks in whole nanoseconds.
void ReadAstraCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                   FieldReader& fields);
// noc-1: BookSim2; packet latencies by load, and the load of saturation.
void ReadNocCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                 FieldReader& fields);
// packet-1: csg-htsim; finish times of flows in microseconds.
void ReadPacketCase(const YamlValue& value, const YamlValue& root, OracleCase& out,
                    FieldReader& fields);
// What runs in such a case; complete only if `fields` has no fault.
PacketOracle ReadPacketInput(const YamlValue& value, const YamlValue& root, FieldReader& fields);
// calculon-search-1: Calculon's ranking of plans. The file is one case.
void ReadSearchCase(const YamlValue& root, OracleCase& out, FieldReader& fields);

// The number at `key` of `map`; a fault where it is missing or no number of zero or more.
double RequiredAmount(const YamlValue& map, absl::string_view key, FieldReader& fields);
// The list at `key` of `map`; a fault and an empty list where it is none.
const std::vector<YamlValue>& RequiredList(const YamlValue& map, absl::string_view key,
                                           FieldReader& fields);

}  // namespace tessera
