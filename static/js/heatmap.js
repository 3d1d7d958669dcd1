// Draws the heatmaps of a page from the JSON beside them; the same figures stand in a table.
function drawHeatmap(place) {
  const data = JSON.parse(document.getElementById(place.dataset.heatmap).textContent);
  const look = getComputedStyle(document.documentElement);
  const colour = (name) => look.getPropertyValue(name).trim();
  place.style.height = `${Math.max(220, data.units.length * 34 + 110)}px`;
  const chart = echarts.getInstanceByDom(place) || echarts.init(place);
  const label = { color: colour("--soft") };
  chart.setOption({
    animation: false,
    tooltip: { renderMode: "richText", formatter: (cell) => `${data.units[cell.value[1]]}, ${data.months[cell.value[0]]}: ${cell.value[2]} %` },
    grid: { left: 8, right: 8, top: 8, bottom: 56, containLabel: true },
    xAxis: { type: "category", data: data.months, axisLabel: label, axisTick: { show: false }, axisLine: { show: false } },
    yAxis: { type: "category", data: data.units, inverse: true, axisLabel: { ...label, width: 110, overflow: "truncate" }, axisTick: { show: false }, axisLine: { show: false } },
    visualMap: {
      type: "piecewise", orient: "horizontal", left: "center", bottom: 0, textStyle: label, itemGap: 12,
      pieces: [
        { max: 10, label: "to 10 %", color: "#eaf3fa" }, { gt: 10, lte: 30, label: "to 30 %", color: "#cfe3f2" },
        { gt: 30, lte: 60, label: "to 60 %", color: "#a5cbe6" }, { gt: 60, lte: 90, label: "to 90 %", color: "#7fc3b8" },
        { gt: 90, lte: 110, label: "to 110 %", color: "#f1c75b" }, { gt: 110, label: "above", color: "#e07a5f" },
      ],
    },
    series: [{ type: "heatmap", data: data.cells, label: { show: window.innerWidth > 700, color: "#16211f", formatter: (cell) => `${cell.value[2]}` }, itemStyle: { borderColor: colour("--surface"), borderWidth: 2 } }],
  }, true);
  chart.resize();
}
function drawAll() {
  for (const place of document.querySelectorAll("[data-heatmap]")) drawHeatmap(place);
}
drawAll();
document.addEventListener("theme-changed", drawAll);
window.addEventListener("resize", drawAll);
