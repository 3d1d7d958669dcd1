// Draws who shares what from the JSON beside the place; the same stands in a table.
const COLOURS = { employee: "#3a7ca5", contractor: "#0b6b63", vendor: "#b7791f", partner: "#7b5ea7", ai_agent: "#a8241c" };
const KINDS = { employee: "Employee", contractor: "Contractor", vendor: "Vendor", partner: "Partner", ai_agent: "AI agent" };
function drawSharing(place) {
  const data = JSON.parse(document.getElementById(place.dataset.sharing).textContent);
  const look = getComputedStyle(document.documentElement);
  const colour = (name) => look.getPropertyValue(name).trim();
  place.style.height = `${Math.min(720, 340 + data.nodes.length * 10)}px`;
  const chart = echarts.getInstanceByDom(place) || echarts.init(place);
  const isWide = window.innerWidth > 700;
  const isFew = isWide && data.nodes.length <= 12;
  const kinds = Object.keys(KINDS).filter((kind) => data.nodes.some((node) => node.kind === kind));
  chart.setOption({
    animation: false,
    tooltip: { renderMode: "richText", formatter: (one) => (one.dataType === "edge" ? one.data.label_text : one.name) },
    legend: { bottom: 0, textStyle: { color: colour("--soft") }, data: kinds.map((kind) => KINDS[kind]) },
    series: [{
      type: "graph", layout: "force", roam: true, draggable: true, top: 16, bottom: 48,
      zoom: isFew ? 1 : isWide ? 1.45 : 0.8,
      force: { repulsion: isFew ? 600 : isWide ? 90 : 50, edgeLength: isFew ? [150, 220] : [40, 70], gravity: isFew ? 0.12 : 0.2, layoutAnimation: false },
      categories: kinds.map((kind) => ({ name: KINDS[kind], itemStyle: { color: COLOURS[kind] } })),
      label: { show: data.nodes.length <= (isWide ? 60 : 12), position: isFew ? "right" : "bottom", fontSize: isFew ? 12 : 10, color: colour("--ink") },
      edgeLabel: { show: isFew, color: colour("--soft"), fontSize: 11, formatter: (one) => one.data.label_text },
      lineStyle: { color: colour("--soft"), width: 1.5, curveness: 0 },
      data: data.nodes.map((node) => ({ id: node.id, name: node.name, category: kinds.indexOf(node.kind), symbolSize: isFew ? 18 : 12 })),
      links: data.edges.map((edge) => ({ source: edge.source, target: edge.target, label_text: edge.label })),
    }],
  }, true);
  chart.resize();
}
function drawEverySharing() {
  for (const place of document.querySelectorAll("[data-sharing]")) drawSharing(place);
}
drawEverySharing();
document.addEventListener("theme-changed", drawEverySharing);
window.addEventListener("resize", drawEverySharing);
