package dev.stepbox.pipeline.lint;

import dev.stepbox.pipeline.lint.NeedsRule.Edge;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** Finds cycles in a graph without recursion, so that a long chain does no harm. */
final class Cycles {
  private enum State {
    NEW,
    OPEN,
    DONE
  }

  private final List<List<Edge>> graph;
  private final List<List<Edge>> cycles = new ArrayList<>();
  private final State[] states;
  private final int[] nextEdge;
  private final boolean[] isInCycle;
  private final List<Edge> path = new ArrayList<>();

  private Cycles(List<List<Edge>> graph) {
    this.graph = graph;
    states = new State[graph.size()];
    Arrays.fill(states, State.NEW);
    nextEdge = new int[graph.size()];
    isInCycle = new boolean[graph.size()];
  }

  /**
   * Cycles that have no stage in common with one another; at least one for every group of stages
   * that wait for each other.
   */
  static List<List<Edge>> of(List<List<Edge>> graph) {
    Cycles search = new Cycles(graph);
    for (int start = 0; start < graph.size(); start++) {
      if (search.states[start] == State.NEW) {
        search.walk(start);
      }
    }
    return search.cycles;
  }

  private void walk(int start) {
    Deque<Integer> open = new ArrayDeque<>();
    open.push(start);
    states[start] = State.OPEN;
    while (!open.isEmpty()) {
      int stage = open.element();
      List<Edge> edges = graph.get(stage);
      if (nextEdge[stage] == edges.size()) {
        states[stage] = State.DONE;
        open.pop();
        if (!path.isEmpty()) {
          path.removeLast();
        }
        continue;
      }
      Edge edge = edges.get(nextEdge[stage]);
      nextEdge[stage]++;
      switch (states[edge.to()]) {
        case NEW -> {
          states[edge.to()] = State.OPEN;
          path.add(edge);
          open.push(edge.to());
        }
        case OPEN -> addCycle(edge);
        case DONE -> {}
      }
    }
  }

  private void addCycle(Edge last) {
    if (isInCycle[last.from()] || isInCycle[last.to()]) {
      return;
    }
    int from = 0;
    while (from < path.size() && path.get(from).from() != last.to()) {
      from++;
    }
    List<Edge> cycle = new ArrayList<>(path.subList(from, path.size()));
    cycle.add(last);
    for (Edge edge : cycle) {
      if (isInCycle[edge.from()]) {
        return;
      }
    }
    for (Edge edge : cycle) {
      isInCycle[edge.from()] = true;
    }
    cycles.add(cycle);
  }
}
