// The aggregates plugin of PostGraphile 4 has count(distinct x) only; this adds count(x), as its documentation shows for further aggregates.
module.exports = (builder) => {
  builder.hook("build", (build) => {
    const { pgSql: sql } = build;
    const bigint = build.pgIntrospectionResultsByKind.type.find((type) => type.id === "20");
    build.pgAggregateSpecs.push({
      id: "count",
      humanLabel: "count",
      HumanLabel: "Count",
      isSuitableType: () => true,
      sqlAggregateWrap: (column) => sql.fragment`count(${column})`,
      pgTypeAndModifierModifier: () => [bigint, null],
    });
    return build;
  });
};
