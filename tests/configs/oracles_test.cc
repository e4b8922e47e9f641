#include "configs/formats/oracles.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

absl::StatusOr<OracleFile> Read(absl::string_view text) {
  const absl::StatusOr<YamlValue> root = ParseYaml(text, "o.yaml");
  if (!root.ok()) return root.status();
  return ReadOracle(*root, "o.yaml");
}

constexpr absl::string_view kFluid = R"(schema: fluid-maxmin-1
tool: SimGrid
tolerance_rel: 1.0e-6
tolerance_abs_s: 1.0e-11
cases:
- name: two
  link_latency_s: 1.0e-6
  link_bytes_per_s: [100, 200]
  flows:
  - [0.0, 1000, [0,1], 10.0]
  - [0.5, 10, [1], 0.5]
)";

TEST(OraclesTest, AFluidCaseHasItsNetworkAndAPointForEachFlow) {
  const auto file = Read(kFluid);
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->schema, "fluid-maxmin-1");
  EXPECT_EQ(file->tool, "SimGrid");
  ASSERT_EQ(file->cases.size(), 1U);
  const OracleCase& c = file->cases[0];
  ASSERT_TRUE(c.fluid.has_value());
  EXPECT_EQ(c.fluid->link_bytes_per_s, (std::vector<int64_t>{100, 200}));
  EXPECT_EQ(c.fluid->flows[0].links, (std::vector<int>{0, 1}));
  EXPECT_EQ(c.fluid->flows[1].start_s, 0.5);
  ASSERT_EQ(c.points.size(), 2U);
  EXPECT_EQ(c.points[0].name, "flow0");
  EXPECT_EQ(c.points[0].expected, 10.0);
  EXPECT_DOUBLE_EQ(*c.points[0].tolerance, 1e-5);
  EXPECT_DOUBLE_EQ(*c.points[1].tolerance, 1e-11);
}

TEST(OraclesTest, RunsOfAstraGiveTheirClocks) {
  const auto astra = Read(
      "schema: astra-parity-1\ntolerance_ns: 0\ncases:\n- name: a\n  model: aware\n"
      "  network: {topology: [Ring], npus_count: [2], bandwidth: [50.0], latency: [500.0]}\n"
      "  system: {scheduling-policy: LIFO, preferred-dataset-splits: 4, local-mem-bw: 1600}\n"
      "  workload: {kind: chakra_et, prefix: traces/w, ranks: 2}\n  comm_groups: {1: [0, 1]}\n"
      "  expected: {max_ns: 5, min_ns: 4, per_rank_ns: [4, 5]}\n");
  ASSERT_THAT(astra, IsOk());
  EXPECT_TRUE(astra->cases[0].astra->congestion_aware);
  EXPECT_EQ(astra->cases[0].astra->trace_prefix, "traces/w");
  EXPECT_EQ(astra->cases[0].astra->groups.size(), 1U);
  ASSERT_EQ(astra->cases[0].points.size(), 4U);
  EXPECT_EQ(astra->cases[0].points[3].name, "per_rank_ns/1");
  EXPECT_EQ(astra->cases[0].points[3].expected, 5);
}

TEST(OraclesTest, NocsGiveTheirLatenciesAndSaturation) {
  const auto noc = Read(
      "schema: noc-1\nlatency_tolerance_rel: 0.05\nsaturation_tolerance_rel: 0.1\ncases:\n- name: "
      "n\n  config: {k: 4, topology: mesh}\n  saturation_load: 0.5\n  loads:\n  - {load: 0.03, "
      "packet_latency: 40, check: latency, runs: [[7, 39, 39], [8, 41, 41]]}\n"
      "  - {load: 0.4, packet_latency: 90, check: none}\n");
  ASSERT_THAT(noc, IsOk());
  ASSERT_EQ(noc->cases[0].points.size(), 3U);
  EXPECT_EQ(noc->cases[0].points[0].name, "load0.03");
  EXPECT_DOUBLE_EQ(*noc->cases[0].points[0].tolerance, 2);
  EXPECT_FALSE(noc->cases[0].points[1].tolerance.has_value());
  EXPECT_DOUBLE_EQ(*noc->cases[0].points[2].tolerance, 0.05);
  ASSERT_TRUE(noc->cases[0].noc.has_value());
  EXPECT_EQ(noc->cases[0].noc->config.at("topology"), "mesh");
  EXPECT_EQ(noc->cases[0].noc->loads, (std::vector<double>{0.03, 0.4}));
  EXPECT_EQ(noc->cases[0].noc->seeds, (std::vector<std::vector<uint64_t>>{{7, 8}, {1}}));
}

TEST(OraclesTest, PacketsGiveTheirFinishes) {
  const auto packet = Read(
      "schema: packet-1\nheader_bytes: 64\ncases:\n- name: p\n  topology: {kind: leaf_spine, "
      "hosts: "
      "8, hosts_per_leaf: 4, spines: 2, host_link_gbps: 100, leaf_spine_link_gbps: 50, "
      "link_latency_ns: 500}\n  mtu_payload_bytes: 4096\n  transport: lossless_pfc\n  flows: [[0, "
      "4, "
      "1000], [1, 5, 2000]]\n  uplink_of_flow: [1, 0]\n"
      "  expected: {last_finish_us: 100, tolerance_rel: 0.1}\n"
      "  expected_flow_finish_us: [50, 100]\n");
  ASSERT_THAT(packet, IsOk());
  ASSERT_EQ(packet->cases[0].points.size(), 3U);
  EXPECT_EQ(packet->cases[0].points[1].name, "flow0");
  EXPECT_DOUBLE_EQ(*packet->cases[0].points[1].tolerance, 5);
  ASSERT_TRUE(packet->cases[0].packet.has_value());
  EXPECT_TRUE(packet->cases[0].packet->lossless);
  EXPECT_EQ(packet->cases[0].packet->uplink_gbps, 50);
  EXPECT_EQ(packet->cases[0].packet->flows[0].uplink, 1);
  EXPECT_EQ(packet->cases[0].packet->flows[1].bytes, 2000);
}

TEST(OraclesTest, SearchesGiveTheirPlans) {
  const auto search = Read(
      "schema: calculon-search-1\nname: s\ntolerance: {total_time_rel: 0.1}\ncolumns: [tensor_par, "
      "total_time]\nranked:\n- [2, 0.5]\nsample:\n- [4, 2]\n");
  ASSERT_THAT(search, IsOk());
  ASSERT_EQ(search->cases[0].points.size(), 2U);
  EXPECT_EQ(search->cases[0].points[1].name, "sample0");
  EXPECT_DOUBLE_EQ(search->cases[0].points[1].expected, 2);
}

struct Fault {
  const char* text;
  const char* message;
};
class OracleFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(OracleFaultTest, IsReportedWithItsPlace) {
  EXPECT_THAT(Read(GetParam().text), FailsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, OracleFaultTest,
    testing::Values(
        Fault{"[1]",
              "o.yaml:1:1: found a list without a schema; accepted: schema: one of "
              "astra-parity-1 calculon-search-1 fluid-maxmin-1 noc-1 packet-1"},
        Fault{"schema: noc-2\n",
              "o.yaml:1:9: schema: found \"noc-2\"; accepted: astra-parity-1, calculon-search-1, "
              "fluid-maxmin-1, noc-1, packet-1"},
        Fault{"schema: noc-1\n", "o.yaml:1:1: cases: accepted: a list of cases"},
        Fault{"schema: noc-1\nlatency_tolerance_rel: 1\nsaturation_tolerance_rel: 1\ncases:\n- "
              "name: x\n  saturation_load: 1\n  loads: [{load: 1, packet_latency: 1, runs: [5]}]\n",
              "o.yaml:5:3: x: config: accepted: a mapping\n"
              "o.yaml:7:47: x: runs: found 5; accepted: [seed, packet_latency, ...]\n"
              "o.yaml:7:11: x: runs: accepted: one or more"},
        Fault{"schema: packet-1\ncases: [{}]\n",
              "o.yaml:2:9: case: found a mapping; accepted: a mapping with a name"},
        Fault{"schema: astra-parity-1\ntolerance_ns: 0\ncases:\n- name: a\n  model: some\n  "
              "network: {}\n  system: {}\n  workload: {kind: trace}\n  expected: {max_ns: 1, "
              "min_ns: 1}\n",
              "o.yaml:5:10: a: model: found \"some\"; accepted: aware, unaware\n"
              "o.yaml:6:12: a: topology: found none; accepted: a list with one value a dimension\n"
              "o.yaml:6:12: a: npus_count: found none; accepted: a list with one value a "
              "dimension\n"
              "o.yaml:6:12: a: bandwidth: found none; accepted: a list with one value a dimension\n"
              "o.yaml:6:12: a: latency: found none; accepted: a list with one value a dimension\n"
              "o.yaml:7:11: a: key \"scheduling-policy\" is missing; accepted: LIFO, FIFO, "
              "EXPLICIT\n"
              "o.yaml:7:11: a: key \"preferred-dataset-splits\" is missing; accepted: chunks of a "
              "collective, from 1 on\n"
              "o.yaml:7:11: a: key \"local-mem-bw\" is missing; accepted: GB/s, above zero\n"
              "o.yaml:8:20: a: workload: kind: found \"trace\"; accepted: collective, chakra_et\n"
              "o.yaml:8:13: a: key \"type\" is missing\n"
              "o.yaml:8:13: a: key \"bytes\" is missing"},
        Fault{
            "schema: packet-1\nheader_bytes: 0\ncases:\n- name: x\n  topology: {kind: leaf_spine, "
            "hosts: 8, hosts_per_leaf: 3, spines: 1, host_link_gbps: 1, leaf_spine_link_gbps: 1, "
            "link_latency_ns: 1}\n  transport: tcp\n  flows: [[0, 8, 1]]\n",
            "o.yaml:5:13: x: hosts: accepted: a multiple of hosts_per_leaf\n"
            "o.yaml:2:15: x: header_bytes: found 0; accepted: 1 to 1099511627776\n"
            "o.yaml:4:3: x: key \"mtu_payload_bytes\" is missing; accepted: a whole number\n"
            "o.yaml:6:14: x: transport: found \"tcp\"; accepted: lossless_pfc, spray_trim\n"
            "o.yaml:7:11: x: flows: accepted: [source, target, bytes] of different hosts below "
            "8\n"
            "o.yaml:4:3: x: key \"expected\" is missing"},
        Fault{"schema: fluid-maxmin-1\ntolerance_rel: 0\ntolerance_abs_s: 0\ncases:\n- name: x\n  "
              "link_latency_s: 0\n  link_bytes_per_s: [5, 0]\n  flows:\n  - [0, 1, [2], 1]\n  - "
              "[0, 1]\n",
              "o.yaml:7:25: x: link_bytes_per_s: accepted: above zero\n"
              "o.yaml:9:13: x: flows: found link 2; accepted: below 2\n"
              "o.yaml:10:5: x: flows: found a list; accepted: [start_s, bytes, [links], finish_s]"},
        Fault{"schema: calculon-search-1\ntolerance: {total_time_rel: 0.1}\ncolumns: [a]\n",
              "o.yaml:1:1: columns: \"total_time\" is missing"}));

}  // namespace
}  // namespace tessera
