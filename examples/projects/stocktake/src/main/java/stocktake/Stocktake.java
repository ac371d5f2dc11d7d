package stocktake;

import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Compares what was counted on the shelves with what the books say. */
public final class Stocktake {
    private final Map<String, Integer> booked;

    public Stocktake(Map<String, Integer> booked) {
        this.booked = Map.copyOf(booked);
    }

    /** The articles of which another number was counted than is booked, in alphabetical order. */
    public SortedSet<String> differences(Map<String, Integer> counted) {
        SortedSet<String> articles = new TreeSet<>(booked.keySet());
        articles.addAll(counted.keySet());
        articles.removeIf(article -> booked.get(article) == counted.get(article));
        return articles;
    }
}
