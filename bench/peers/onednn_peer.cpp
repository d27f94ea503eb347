// One GRU layer (reset after, oneDNN's lbr_gru) forward and backward, its weights reordered at each step as training needs
// it: the partner of e0-gru, which has a dense layer and Adam besides. With libdnnl-dev (Debian) or its like installed:
//   g++ -O2 bench/peers/onednn_peer.cpp -ldnnl -o onednn_peer && OMP_NUM_THREADS=2 ./onednn_peer 64 200 128 128
#include <dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>
#include <vector>

using namespace dnnl;
using tag = memory::format_tag;
using type = memory::data_type;

static void fill(const memory &m, float scale) {
    auto *at = static_cast<float *>(m.get_data_handle());
    unsigned state = 1;
    for (size_t i = 0; i < m.get_desc().get_size() / sizeof(float); i++) {
        state = state * 1664525u + 1013904223u;
        at[i] = scale * (static_cast<float>(state >> 8) / (1 << 24) - 0.5f);
    }
}

int main(int argc, char **argv) {
    auto number = [&](int i, long other) { return argc > i ? std::atol(argv[i]) : other; };
    const long rows = number(1, 64), steps = number(2, 200), inputs = number(3, 128), units = number(4, 128);
    engine cpu(engine::kind::cpu, 0);
    stream queue(cpu);
    auto any = [](memory::dims dims) { return memory::desc(dims, type::f32, tag::any); };
    memory::dims layer{steps, rows, inputs}, iter{1, 1, rows, units}, wl{1, 1, inputs, 3, units}, wi{1, 1, units, 3, units},
        bias{1, 1, 4, units}, out{steps, rows, units};
    memory::desc layerD(layer, type::f32, tag::tnc), iterD(iter, type::f32, tag::ldnc), biasD(bias, type::f32, tag::ldgo),
        outD(out, type::f32, tag::tnc);
    const auto way = rnn_direction::unidirectional_left2right;
#if DNNL_VERSION_MAJOR >= 3
    lbr_gru_forward::primitive_desc fpd(cpu, prop_kind::forward_training, way, layerD, iterD, any(wl), any(wi), biasD, outD, iterD);
    lbr_gru_backward::primitive_desc bpd(cpu, prop_kind::backward, way, layerD, iterD, any(wl), any(wi), biasD, outD, iterD,
        layerD, iterD, any(wl), any(wi), biasD, outD, iterD, fpd);
#else
    lbr_gru_forward::primitive_desc fpd(
        {prop_kind::forward_training, way, layerD, iterD, any(wl), any(wi), biasD, outD, iterD}, cpu);
    lbr_gru_backward::primitive_desc bpd({prop_kind::backward, way, layerD, iterD, any(wl), any(wi), biasD, outD, iterD, layerD,
                                             iterD, any(wl), any(wi), biasD, outD, iterD},
        cpu, fpd);
#endif
    memory x(layerD, cpu), h0(iterD, cpu), b(biasD, cpu), y(outD, cpu), hn(iterD, cpu), work(fpd.workspace_desc(), cpu);
    memory userL({wl, type::f32, tag::ldigo}, cpu), userI({wi, type::f32, tag::ldigo}, cpu);
    memory fL(fpd.weights_layer_desc(), cpu), fI(fpd.weights_iter_desc(), cpu);
    memory bL(bpd.weights_layer_desc(), cpu), bI(bpd.weights_iter_desc(), cpu);
    memory dx(layerD, cpu), dh0(iterD, cpu), db(biasD, cpu), dy(outD, cpu), dhn(iterD, cpu);
    memory dL(bpd.diff_weights_layer_desc(), cpu), dI(bpd.diff_weights_iter_desc(), cpu);
    for (auto *m : {&x, &userL, &userI}) fill(*m, 0.2f);
    for (auto *m : {&h0, &b, &dy, &dhn}) fill(*m, 0.f);
    // The gradient of a classifier: at the last step only.
    fill(dhn, 0.01f);
    lbr_gru_forward forward(fpd);
    lbr_gru_backward backward(bpd);
    auto zero = [](const memory &m) { std::fill_n(static_cast<char *>(m.get_data_handle()), m.get_desc().get_size(), 0); };
    auto step = [&] {
        reorder(userL, fL).execute(queue, userL, fL);
        reorder(userI, fI).execute(queue, userI, fI);
        forward.execute(queue, {{DNNL_ARG_SRC_LAYER, x}, {DNNL_ARG_SRC_ITER, h0}, {DNNL_ARG_WEIGHTS_LAYER, fL},
                                   {DNNL_ARG_WEIGHTS_ITER, fI}, {DNNL_ARG_BIAS, b}, {DNNL_ARG_DST_LAYER, y},
                                   {DNNL_ARG_DST_ITER, hn}, {DNNL_ARG_WORKSPACE, work}});
        reorder(userL, bL).execute(queue, userL, bL);
        reorder(userI, bI).execute(queue, userI, bI);
        for (auto *m : {&dL, &dI, &db}) zero(*m);
        backward.execute(queue,
            {{DNNL_ARG_SRC_LAYER, x}, {DNNL_ARG_SRC_ITER, h0}, {DNNL_ARG_WEIGHTS_LAYER, bL}, {DNNL_ARG_WEIGHTS_ITER, bI},
                {DNNL_ARG_BIAS, b}, {DNNL_ARG_DST_LAYER, y}, {DNNL_ARG_DST_ITER, hn}, {DNNL_ARG_WORKSPACE, work},
                {DNNL_ARG_DIFF_SRC_LAYER, dx}, {DNNL_ARG_DIFF_SRC_ITER, dh0}, {DNNL_ARG_DIFF_WEIGHTS_LAYER, dL},
                {DNNL_ARG_DIFF_WEIGHTS_ITER, dI}, {DNNL_ARG_DIFF_BIAS, db}, {DNNL_ARG_DIFF_DST_LAYER, dy},
                {DNNL_ARG_DIFF_DST_ITER, dhn}});
        queue.wait();
    };
    std::vector<double> times;
    for (int i = 0; i < 24; i++) {
        auto from = std::chrono::steady_clock::now();
        step();
        if (i >= 4) times.push_back(1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("{\"library\": \"oneDNN %d.%d.%d\", \"msPerStep\": %.2f, \"best\": %.2f}\n", version()->major, version()->minor,
        version()->patch, times[times.size() / 2], times[0]);
}
