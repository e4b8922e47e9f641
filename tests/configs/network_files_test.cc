// Networks of other tools: what is read, and what is said of files that cannot be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "configs/formats/network_description.h"
#include "tests/status_matchers.h"

namespace tessera {
namespace {

using testing::HasSubstr;
using Kind = NetworkDescription::Kind;

constexpr MatrixRates kRates = {.nvlink = Bandwidth::GigabytesPerSecond(25),
                                .pcie = Bandwidth::GigabytesPerSecond(32)};

NetworkDescription Read(const std::string& text) {
  auto network = ReadNetworkText(text, "file", kRates);
  EXPECT_THAT(network, IsOk());
  return network.ok() ? *std::move(network) : NetworkDescription();
}

std::string Fault(const std::string& text, const MatrixRates& rates = kRates) {
  return std::string(ReadNetworkText(text, "file", rates).status().message());
}

// "a-b GB/s" of every cable.
std::vector<std::string> Cables(const NetworkDescription& network) {
  std::vector<std::string> texts;
  for (const NetworkDescription::Cable& cable : network.cables) {
    texts.push_back(network.vertices[static_cast<size_t>(cable.a)].name + "-" +
                    network.vertices[static_cast<size_t>(cable.b)].name + " " +
                    std::to_string(cable.bandwidth.bytes_per_second() / 1'000'000'000));
  }
  return texts;
}

TEST(Ns3LinksTest, HostsComeBeforeSwitches) {
  const NetworkDescription network = Read(
      "3 1 2\n"
      "1\n"
      "0 1 400Gbps 0.0005ms 0\n"
      "2 1 200Gbps 2us 0\n");
  ASSERT_EQ(network.vertices.size(), 3);
  EXPECT_EQ(network.vertices[0].name, "host0");
  EXPECT_EQ(network.vertices[1].name, "host2");
  EXPECT_EQ(network.vertices[2].name, "switch1");
  EXPECT_EQ(network.vertices[2].kind, Kind::kSwitch);
  EXPECT_THAT(Cables(network), testing::ElementsAre("host0-switch1 50", "host2-switch1 25"));
  EXPECT_EQ(network.cables[0].latency, Duration(500'000));
  EXPECT_TRUE(network.cables[0].leaves_node);
}

TEST(Ns3LinksTest, FaultsNameTheirPlace) {
  EXPECT_THAT(Fault("2 0 1\n0 2 400Gbps 1us 0\n"),
              HasSubstr("file:2:3: 2 for the target; accepted: a whole number up to 1"));
  EXPECT_THAT(Fault("2 0 2\n0 1 400Gbps 1us 0\n"), HasSubstr("file:1:5: found 1 lines of links"));
  EXPECT_THAT(Fault("2 0 1\n0 1 400Gbps 1us\n"), HasSubstr("file:2:16: found 4 words; accepted"));
  EXPECT_THAT(Fault("2 0 1\n0 1 fast 1us 0\n"), HasSubstr("file:2:5: "));
  EXPECT_THAT(Fault("2 0 1\n0 1 400Gbps 1us 0.1\n"), HasSubstr("error rate 0.1; accepted: 0"));
  EXPECT_THAT(Fault("2 0 1\n1 1 400Gbps 1us 0\n"), HasSubstr("from a node to itself"));
  EXPECT_THAT(Fault("4 2 1\n3\n0 1 400Gbps 1us 0\n"), HasSubstr("nothing for a switch"));
}

TEST(AstraNetworkTest, DimensionsAreRingsMeshesAndSwitches) {
  const NetworkDescription network = Read(
      "topology: [ Ring, FullyConnected, Switch ]\n"
      "npus_count: [ 4, 3, 2 ]\n"
      "bandwidth: [ 100.0, 50.0, 25.0 ]\n"
      "latency: [ 500.0, 1000.0, 2000.5 ]\n");
  EXPECT_EQ(network.chips_per_node, 4);
  // 24 chips and a switch for each of the 12 lines of the last dimension.
  EXPECT_EQ(network.vertices.size(), 36);
  // 6 rings of 4 cables, 8 meshes of 3, 12 switches of 2.
  ASSERT_EQ(network.cables.size(), 24 + 24 + 24);
  EXPECT_EQ(network.cables[0].bandwidth, Bandwidth::BytesPerSecond(107'374'182'400));
  EXPECT_FALSE(network.cables[0].leaves_node);
  EXPECT_TRUE(network.cables[30].leaves_node);
  EXPECT_EQ(network.cables.back().latency, Duration(2'000'500));
}

TEST(AstraNetworkTest, FaultsNameTheirPlace) {
  EXPECT_THAT(Fault("topology: [ Ring ]\nnpus_count: [ 4, 2 ]\nbandwidth: [ 1 ]\nlatency: [ 1 ]\n"),
              HasSubstr("file:2:13: npus_count: a list of 2 entries"));
  EXPECT_THAT(Fault("topology: [ Tube ]\nnpus_count: [ 4 ]\nbandwidth: [ 1 ]\nlatency: [ 1 ]\n"),
              HasSubstr("file:1:13: topology"));
  EXPECT_THAT(Fault("topology: [ Ring ]\nnpus_count: [ 1 ]\nbandwidth: [ 1 ]\nlatency: [ 1 ]\n"),
              HasSubstr("file:2:15: npus_count: 1; accepted: 2 to"));
  EXPECT_THAT(Fault("topology: [ Ring ]\nnpus_count: [ 4 ]\nlatency: [ 1 ]\n"),
              HasSubstr("bandwidth"));
}

constexpr char kNcclFile[] = R"(<system version="1">
  <cpu numaid="0" arch="x86_64" vendor="AuthenticAMD">
    <pci busid="0000:01:00.0" class="0x060400" link_speed="16.0 GT/s PCIe" link_width="16">
      <pci busid="0000:02:00.0" class="0x030200" link_speed="16 GT/s" link_width="16">
        <gpu dev="0" sm="80" rank="0">
          <nvlink target="0000:0a:00.0" count="4" tclass="0x030200"/>
          <nvlink target="0000:c5:00.0" count="6" tclass="0x068000"/>
          <nvlink target="0000:c6:00.0" count="6" tclass="0x068000"/>
        </gpu>
      </pci>
      <pci busid="0000:03:00.0" class="0x020700" link_speed="8 GT/s" link_width="8">
        <nic><net name="mlx5_0" dev="0" speed="200000"/></nic>
      </pci>
    </pci>
  </cpu>
  <cpu numaid="1" arch="x86_64" vendor="AuthenticAMD">
    <pci busid="0000:0A:00.0" class="0x030200" link_speed="" link_width="">
      <gpu dev="1" sm="80" rank="1">
        <nvlink target="0000:02:00.0" count="4" tclass="0x030200"/>
      </gpu>
    </pci>
  </cpu>
</system>
)";

TEST(NcclTopologyTest, DevicesHangOnBridgesAndNvlinks) {
  const NetworkDescription network = Read(kNcclFile);
  EXPECT_EQ(network.chips_per_node, 2);
  EXPECT_THAT(Cables(network),
              testing::ElementsAre("pci/0000:01:00.0-cpu0 31", "gpu0-pci/0000:01:00.0 31",
                                   "mlx5_0-pci/0000:01:00.0 7", "gpu1-cpu1 15", "gpu0-gpu1 80",
                                   "gpu0-nvswitch 240", "cpu0-cpu1 16"));
  ASSERT_EQ(network.notes.size(), 2);
  EXPECT_THAT(network.notes[1], HasSubstr("0000:0A:00.0 has no link_speed"));
}

TEST(NcclTopologyTest, FaultsNameTheirPlace) {
  EXPECT_THAT(Fault("<system><cpu></system>"), HasSubstr("file:1:16: not XML"));
  EXPECT_THAT(Fault("<graphs/>"), HasSubstr("no <system>"));
  EXPECT_THAT(
      Fault("<system version=\"1\">\n <cpu>\n  <pci busid=\"1\" class=\"0x99\"/></cpu></system>"),
      HasSubstr("file:3:4: pci 1: class \"0x99\"; accepted: 0x03"));
  EXPECT_THAT(Fault("<system><cpu><pci busid=\"1\" class=\"0x0300\" link_speed=\"fast\" "
                    "link_width=\"16\"/></cpu></system>"),
              HasSubstr("link_speed \"fast\""));
  EXPECT_THAT(Fault("<system version=\"1\"/>"), HasSubstr("no GPU"));
}

constexpr char kMatrix[] =
    "\t\x1b[4mGPU0\tGPU1\tNIC0\tNIC1\tCPU Affinity\tNUMA Affinity\x1b[0m\n"
    "GPU0\t X \tNV4\tPIX\tSYS\t0-23\t0\n"
    "GPU1\tNV4\t X \tSYS\tPXB\t24-47\t1\n"
    "NIC0\tPIX\tSYS\t X \tSYS\t\t\n"
    "NIC1\tSYS\tPXB\tSYS\t X \t\t\n"
    "\n"
    "Legend:\n";

TEST(NvidiaSmiMatrixTest, DistancesAreATreeOfBridges) {
  const NetworkDescription network = Read(kMatrix);
  EXPECT_EQ(network.chips_per_node, 2);
  EXPECT_THAT(Cables(network),
              testing::ElementsAre("gpu0-gpu1 100", "gpu0-pcie_switch0 32", "nic0-pcie_switch0 32",
                                   "gpu1-pcie_root0 32", "nic1-pcie_root0 32",
                                   "pcie_switch0-system0 32", "pcie_root0-system0 32"));
}

// Eight GPUs with twelve NVLinks to each other would need 84: they share a switch.
TEST(NvidiaSmiMatrixTest, MoreLinksThanAGpuHasMeanASwitch) {
  std::string text = " ";
  for (int g = 0; g < 8; ++g) text += " GPU" + std::to_string(g);
  for (int row = 0; row < 8; ++row) {
    text += "\nGPU" + std::to_string(row);
    for (int column = 0; column < 8; ++column) text += row == column ? " X" : " NV12";
  }
  const NetworkDescription network = Read(text);
  EXPECT_EQ(network.vertices.size(), 9);
  ASSERT_EQ(network.cables.size(), 8);
  EXPECT_EQ(network.cables[0].bandwidth, Bandwidth::GigabytesPerSecond(300));
}

TEST(NvidiaSmiMatrixTest, FaultsNameTheirPlace) {
  EXPECT_THAT(Fault(kMatrix, {}), HasSubstr("names NVLinks but not their rate"));
  EXPECT_THAT(Fault(kMatrix, {.nvlink = Bandwidth::GigabytesPerSecond(25)}),
              HasSubstr("names PCIe bridges but not their rate"));
  EXPECT_THAT(Fault("  GPU0 GPU1\nGPU0 X NV4\nGPU1 NV2 X\n"),
              HasSubstr("file:3:6: NV2 for GPU1 and GPU0, but the row of GPU0 says otherwise"));
  EXPECT_THAT(Fault("  GPU0 GPU1\nGPU0 X QPI\nGPU1 QPI X\n"), HasSubstr("file:2:8: QPI for"));
  EXPECT_THAT(Fault("  GPU0 GPU1\nGPU0 X NV4\n"), HasSubstr("ends before the row of GPU1"));
}

TEST(NetworkFilesTest, OtherTextIsRefusedWithWhatIsAccepted) {
  EXPECT_THAT(Fault("hello\n"), HasSubstr("file:1:1: not a network that can be read; accepted"));
  EXPECT_THAT(Fault(""), HasSubstr("not a network that can be read"));
  EXPECT_EQ(ReadNetworkFile("absent.xml", {}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tessera
