// Every system that ships becomes a graph, or says which figure nobody has published.
#include <gtest/gtest.h>

#include "configs/catalog.h"
#include "tests/status_matchers.h"
#include "topology/build.h"

namespace tessera {
namespace {

TEST(ShippedSystemsTest, BecomeGraphs) {
  const Catalog catalog("configs");
  for (const std::string& name : catalog.SystemNames()) {
    SCOPED_TRACE(name);
    const auto system = catalog.LoadSystem(name);
    ASSERT_THAT(system, IsOk());
    const int nodes = system->scale_out.has_value() ? 2 : 1;
    const auto topology = BuildTopology(*system, nodes, nodes * system->chips_per_node);
    if (name.find("sambanova") == 0) {  // The links between its sockets are not published.
      EXPECT_THAT(topology, FailsContaining("is unknown; give "));
    } else {
      EXPECT_THAT(topology, IsOk());
    }
  }
}

}  // namespace
}  // namespace tessera
