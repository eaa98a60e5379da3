package io.tidegate.governance;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.problem.Place;
import io.tidegate.schema.SchemaLanguage;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** One demand of one tier, with the place where it is written. */
sealed interface Statement {
    Place place();

    /** The key in a governance file, by which {@code warn} and {@code except} name it. */
    String key();

    /** The rule of the problem that a product which does not meet it gets. */
    String rule();

    /** What a naming pattern is for. */
    enum Named {
        DOMAINS, PRODUCTS, TOPICS, FIELDS, SCOPES
    }

    /** Names look like this. */
    record Naming(Named named, NamePattern pattern, Place place) implements Statement {
        @Override
        public String key() {
            return "naming." + io.tidegate.yaml.YamlMapping.spelling(named);
        }

        @Override
        public String rule() {
            return "governance-naming";
        }
    }

    /** The contract says this. */
    record Required(Requirement what, Place place) implements Statement {
        @Override
        public String key() {
            return "require." + what.spelling();
        }

        @Override
        public String rule() {
            return "governance-require";
        }
    }

    /** The owner matches one of these. */
    record OwnedBy(List<Glob> any, Place place) implements Statement {
        public OwnedBy {
            any = List.copyOf(any);
        }

        @Override
        public String key() {
            return "owner";
        }

        @Override
        public String rule() {
            return "governance-owner";
        }
    }

    /** The schema is in one of these languages. */
    record SchemaTypes(Set<SchemaLanguage> allowed, Place place) implements Statement {
        public SchemaTypes {
            allowed = Set.copyOf(allowed);
        }

        @Override
        public String key() {
            return "schema.types";
        }

        @Override
        public String rule() {
            return "governance-schema";
        }
    }

    /** The quality is one of these. */
    record Qualities(Set<Quality> allowed, Place place) implements Statement {
        public Qualities {
            allowed = Set.copyOf(allowed);
        }

        @Override
        public String key() {
            return "quality";
        }

        @Override
        public String rule() {
            return "governance-quality";
        }
    }

    /** A freshness that is promised is at most this. */
    record LongestFreshness(Duration most, Place place) implements Statement {
        @Override
        public String key() {
            return "sla.freshness";
        }

        @Override
        public String rule() {
            return "governance-freshness";
        }
    }

    /** Changes are kept at most this long. */
    record LongestHistory(Duration most, Place place) implements Statement {
        @Override
        public String key() {
            return "view.history";
        }

        @Override
        public String rule() {
            return "governance-history";
        }
    }

    /** Fields with such names are personal. */
    record Personal(Glob pattern, Place place) implements Statement {
        @Override
        public String key() {
            return "personal";
        }

        @Override
        public String rule() {
            return "governance-personal";
        }
    }

    /** Fields with such names are shown to nobody in more than this form. */
    record RequiredMask(Glob pattern, Mask least, Place place) implements Statement {
        @Override
        public String key() {
            return "masks." + pattern.text();
        }

        @Override
        public String rule() {
            return "governance-mask";
        }
    }

    /**
     * No grant gives more than this plan.
     *
     * @param order
     *            the plans from the smallest to the largest, as they are ordered for this tier
     */
    record LargestPlan(String plan, List<String> order, Place place) implements Statement {
        public LargestPlan {
            order = List.copyOf(order);
        }

        @Override
        public String key() {
            return "plans.largest";
        }

        @Override
        public String rule() {
            return "governance-plan";
        }
    }
}
