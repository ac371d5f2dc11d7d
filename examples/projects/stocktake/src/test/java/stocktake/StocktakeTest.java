package stocktake;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StocktakeTest {
    private final Stocktake stocktake = new Stocktake(Map.of("bolts", 40, "nuts", 60));

    @Test
    void equalNumbersAreNoDifference() {
        assertEquals(Set.of(), stocktake.differences(Map.of("bolts", 40, "nuts", 60)));
    }

    @Test
    void whatWasNotCountedIsADifference() {
        assertEquals(Set.of("nuts"), stocktake.differences(Map.of("bolts", 40)));
    }
}
