#include "topology/export.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace tessera {
namespace {

absl::string_view KindName(VertexKind kind) {
  switch (kind) {
    case VertexKind::kChip:
      return "chip";
    case VertexKind::kNic:
      return "nic";
    case VertexKind::kSwitch:
      break;
  }
  return "switch";
}

absl::string_view ShapeOf(VertexKind kind) {
  switch (kind) {
    case VertexKind::kChip:
      return "box";
    case VertexKind::kNic:
      return "hexagon";
    case VertexKind::kSwitch:
      break;
  }
  return "ellipse";
}

bool HasTwin(const Topology& topology, const Link& link) {
  const LinkId back = topology.FindLink(link.target, link.source);
  if (back < 0) return false;
  const Link& other = topology.links()[static_cast<size_t>(back)];
  return other.bandwidth == link.bandwidth && other.latency == link.latency;
}

// Names come from files of others: what would end a string is escaped.
std::string Quoted(absl::string_view name) {
  std::string quoted;
  for (const char c : name) {
    if (c == '\\' || c == '"') quoted.push_back('\\');
    quoted.push_back(absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? ' ' : c);
  }
  return quoted;
}

std::string XmlText(absl::string_view name) {
  return absl::StrReplaceAll(Quoted(name),
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// Picoseconds written out as seconds without rounding.
std::string SecondsText(Duration latency) { return absl::StrFormat("%.12f", ToSeconds(latency)); }

}  // namespace

std::string ToGraphviz(const Topology& topology) {
  std::string dot = "digraph topology {\n";
  const auto name = [&](VertexId vertex) {
    return Quoted(topology.vertices()[static_cast<size_t>(vertex)].name);
  };
  for (size_t v = 0; v < topology.vertices().size(); ++v) {
    absl::StrAppend(&dot, "  \"", name(static_cast<VertexId>(v)),
                    "\" [shape=", ShapeOf(topology.vertices()[v].kind), "];\n");
  }
  for (const Link& link : topology.links()) {
    const bool twin = HasTwin(topology, link);
    if (twin && link.source > link.target) continue;
    absl::StrAppend(&dot, "  \"", name(link.source), "\" -> \"", name(link.target), "\" [label=\"",
                    link.bandwidth.bytes_per_second() / 1'000'000'000, " GB/s\"",
                    twin ? ", dir=both" : "", "];\n");
  }
  absl::StrAppend(&dot, "}\n");
  return dot;
}

std::string ToGraphMl(const Topology& topology) {
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
      "  <key id=\"name\" for=\"node\" attr.name=\"name\" attr.type=\"string\"/>\n"
      "  <key id=\"kind\" for=\"node\" attr.name=\"kind\" attr.type=\"string\"/>\n"
      "  <key id=\"node\" for=\"node\" attr.name=\"node\" attr.type=\"int\"/>\n"
      "  <key id=\"rate\" for=\"edge\" attr.name=\"bytes_per_s\" attr.type=\"long\"/>\n"
      "  <key id=\"latency\" for=\"edge\" attr.name=\"latency_s\" attr.type=\"double\"/>\n"
      "  <key id=\"tier\" for=\"edge\" attr.name=\"tier\" attr.type=\"string\"/>\n"
      "  <graph edgedefault=\"directed\">\n";
  for (size_t v = 0; v < topology.vertices().size(); ++v) {
    const Vertex& vertex = topology.vertices()[v];
    absl::StrAppend(&xml, "    <node id=\"v", v, "\"><data key=\"name\">", XmlText(vertex.name),
                    "</data><data key=\"kind\">", KindName(vertex.kind),
                    "</data><data key=\"node\">", vertex.node, "</data></node>\n");
  }
  for (const Link& link : topology.links()) {
    absl::StrAppend(&xml, "    <edge source=\"v", link.source, "\" target=\"v", link.target,
                    "\"><data key=\"rate\">", link.bandwidth.bytes_per_second(),
                    "</data><data key=\"latency\">", SecondsText(link.latency),
                    "</data><data key=\"tier\">", TierName(link.tier), "</data></edge>\n");
  }
  absl::StrAppend(&xml, "  </graph>\n</graphml>\n");
  return xml;
}

std::string ToGraphJson(const Topology& topology) {
  std::string json = "{\"vertices\": [";
  absl::string_view comma = "\n";
  for (const Vertex& vertex : topology.vertices()) {
    absl::StrAppend(&json, comma, "{\"name\": \"", Quoted(vertex.name), "\", \"kind\": \"",
                    KindName(vertex.kind), "\", \"node\": ", vertex.node, "}");
    comma = ",\n";
  }
  absl::StrAppend(&json, "\n],\n\"links\": [");
  comma = "\n";
  for (const Link& link : topology.links()) {
    absl::StrAppend(&json, comma, "{\"source\": ", link.source, ", \"target\": ", link.target,
                    ", \"bytes_per_s\": ", link.bandwidth.bytes_per_second(),
                    ", \"latency_s\": ", SecondsText(link.latency), ", \"tier\": \"",
                    TierName(link.tier), "\"}");
    comma = ",\n";
  }
  absl::StrAppend(&json, "\n]}\n");
  return json;
}

}  // namespace tessera
